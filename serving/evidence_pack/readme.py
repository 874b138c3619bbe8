"""README.txt: what each file is and how to check that none was changed, in both languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from serving.evidence_pack.asking import PackRequest
from serving.evidence_pack.telling import texts_of
from serving.evidence_pack.zipping import SUMS
from serving.languages import LANGUAGES, Texts

_OF_SEAL: Final = ("seal", "seal_row", "seal_ruling", "seal_root", "seal_key", "seal_chain", "seal_stored")
_COMMAND: Final = f"    sha256sum -c {SUMS}"


def readme(request: PackRequest, names: Sequence[str], zone: dt.tzinfo, *, has_digests: bool) -> bytes:
    """The text as UTF-8, in the pack's own language first; how to make a seal again where the pack can do it."""
    moment = dt.datetime.fromtimestamp(request.made_at_ms // 1000, zone).isoformat(timespec="seconds")
    order = sorted(LANGUAGES, key=lambda language: language != request.language)
    parts = [
        "\n".join([*_lines(texts_of(language), request, names, moment), *_seal(texts_of(language), has_digests)])
        for language in order
    ]
    return "\n\n----\n\n".join(parts).encode("utf-8", "backslashreplace") + b"\n"


def _lines(text: Texts, request: PackRequest, names: Sequence[str], moment: str) -> Iterator[str]:
    title = text("readme.title", claim_id=request.claim_id)
    yield title
    yield "=" * 40
    yield ""
    audience = text(f"words.audience_{request.audience}")
    yield text("readme.made", moment=moment, audience=audience)
    yield ""
    yield text("readme.begin")
    yield ""
    yield text("readme.files")
    for name in names:
        yield f"  {name}: {text(f'files.{name}')}"
    yield ""
    yield text("readme.check")
    yield ""
    yield _COMMAND
    yield ""
    yield text("readme.check_mac")
    yield ""
    yield text("readme.manifest")


def _seal(text: Texts, has_digests: bool) -> Iterator[str]:
    if not has_digests:
        return
    for paragraph in _OF_SEAL:
        yield ""
        yield text(f"readme.{paragraph}")
