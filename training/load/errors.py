"""The one way in which loading refuses."""


class LoadError(ValueError):
    """A mapping or file that can't be loaded: one line that names the file, the key or row, and what to do."""


def first_line(error: Exception) -> str:
    """The first line of another library's message, which may run over many; its type's name if it has none."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
