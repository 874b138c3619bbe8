"""The console's pages as a person meets them. All that tests know of their HTML stands here.

Forms are found by where they lead and fields by their names, which is what the service takes; that each of them has a
name for people, in either language, is axe-core's to say. What is the same on all pages is found by its text.
"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, Response, expect

from serving.claim import Language
from serving.console.languages import Texts, texts_of
from tests.integration.console.people import PASSWORD

TABS = 150  # more than any page has places to stop at
IS_FOCUSED = "element => element === document.activeElement"
# a ring, a shadow or a border that comes with the focus
FOCUS_IS_SEEN = """
element => {
  const style = getComputedStyle(element);
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 || style.boxShadow !== 'none';
}
"""
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class ConsolePage:
    """One tab of somebody's browser."""

    def __init__(self, page: Page, url: str, language: Language = "en") -> None:
        self.page, self.url = page, url
        self.text: Texts = texts_of(language)

    # --- where things are

    def form(self, address: str) -> Locator:
        """The form that leads to an address under /console."""
        return self.page.locator(f'form[method="post"][action="/console{address}"]').first

    def field(self, form: Locator, name: str) -> Locator:
        """A form's fields of a name: one, or the buttons of a choice."""
        return form.locator(f'[name="{name}"]:not([type="hidden"])')

    def button(self, form: Locator) -> Locator:
        """What sends a form."""
        return form.locator('button:not([type="button"]), input[type="submit"]').last

    @property
    def heading(self) -> Locator:
        return self.page.locator("h1")

    @property
    def said(self) -> Locator:
        """What is said once after a form was taken."""
        return self.page.locator(".said")

    @property
    def later(self) -> Locator:
        """What leads to those further back in the queue."""
        return self.page.locator('main a[rel="next"]')

    @property
    def reasons(self) -> Locator:
        """The picture of what moved the probability."""
        return self.page.locator("main svg").first

    @property
    def errors(self) -> Locator:
        """Fields with something wrong."""
        return self.page.locator('[aria-invalid="true"]')

    # --- what people do

    def open(self, address: str) -> Response | None:
        """Go to an address under /console."""
        return self.page.goto(f"{self.url}{address}")

    def sign_in(self, name: str, *, after: str = "") -> ConsolePage:
        """Come in, by the form; `after` is where one wanted to go."""
        self.open(after or "/sign-in")
        form = self.form("/sign-in")
        self.put(form, name=name, password=PASSWORD)
        self.button(form).click()
        expect(self.form("/sign-out")).to_be_visible()
        return self

    def sign_out(self) -> None:
        self.send("/sign-out")
        expect(self.form("/sign-in")).to_be_visible()

    def put(self, form: Locator, **values: str) -> None:
        """Fill in fields, of whatever kind they are: a choice, a list or a line."""
        for name, value in values.items():
            of_value = form.locator(f'input[name="{name}"][value="{value}"]')
            fields = self.field(form, name)
            if of_value.count():
                self.reveal(of_value.first)
                of_value.first.check()
            elif form.locator(f'select[name="{name}"]').count():
                self.reveal(fields.first)
                fields.first.select_option(value)
            else:
                self.reveal(fields.first)
                fields.first.fill(value)

    def send(self, address: str, **values: str) -> None:
        """Fill in the form of an address, and send it."""
        form = self.form(address)
        self.put(form, **values)
        button = self.button(form)
        self.reveal(button)
        button.click()

    def reveal(self, what: Locator) -> None:
        """Open what it is folded into."""
        folded = what.locator("xpath=ancestor::details[not(@open)]/summary")
        for _ in range(folded.count()):
            folded.first.click()

    def find_in_queue(self, number: int) -> Locator:
        """Turn the queue's pages until a case's own form to take it is there, or there are no more of them."""
        self.open("/queue")
        form = self.form(f"/cases/{number}/take")
        while not form.count() and self.later.count():
            self.later.click()
            self.page.wait_for_load_state()
        return form

    def take(self, number: int) -> None:
        """Take a case from the queue, and open it."""
        self.button(self.find_in_queue(number)).click()
        self.page.wait_for_load_state()
        self.open(f"/cases/{number}")
        expect(self.form(f"/cases/{number}/rule")).to_be_visible()

    def rule(self, number: int, ruling: str, **values: str) -> None:
        """Rule on a case that one has."""
        self.open(f"/cases/{number}")
        self.send(f"/cases/{number}/rule", ruling=ruling, **values)

    def deny(self, number: int) -> None:
        """Deny a claim for want of cover, with a text for the buyer."""
        self.rule(
            number, "deny", denial_reason="not_covered", text="The time for this is over.", merchant_at_fault="no"
        )

    def approve(self, number: int) -> None:
        self.rule(number, "approve", merchant_at_fault="unknown")

    # --- keys alone

    def tab_to(self, what: Locator, *, key: str = "Tab") -> None:
        """Press Tab until something has the focus, and hold that one sees it."""
        for _ in range(TABS):
            if what.evaluate(IS_FOCUSED):
                assert what.evaluate(FOCUS_IS_SEEN), f"nobody sees that {what} has the focus"
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{what} can't be reached by keys")

    def press_on(self, what: Locator, key: str = "Enter") -> None:
        """Go to something by keys, and press it."""
        self.tab_to(what)
        self.page.keyboard.press(key)

    def choose_by_keys(self, form: Locator, name: str, value: str) -> None:
        """Choose a value by arrows (a list, or one of several buttons)."""
        choice = self.field(form, name)
        if form.locator(f'select[name="{name}"]').count():
            self.tab_to(choice.first)
            self._arrow_until(lambda: choice.first.input_value() == value)
        else:
            of_value = form.locator(f'input[name="{name}"][value="{value}"]')
            chosen = form.locator(f'input[name="{name}"]:checked')
            self.tab_to(chosen.first if chosen.count() else choice.first)
            if not chosen.count():
                self.page.keyboard.press("Space")
            self._arrow_until(of_value.is_checked)

    def _arrow_until(self, is_chosen: Callable[[], bool]) -> None:
        for _ in range(20):
            if is_chosen():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError("arrows don't lead there")

    # --- what a window shows

    def sideways(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate(WIDER_THAN_THE_WINDOW))
