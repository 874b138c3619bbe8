"""A day's work in a browser: cases are taken, read and ruled on, by one person or two, in whatever way one works."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.integration.console.people import PASSWORD

RELEASED_SECONDS = 20


def case_number(console) -> int:
    """Which case is open."""
    return int(console.page.url.partition("/cases/")[2].partition("?")[0].partition("/")[0])


def let_a_minute_pass(work, number):
    """A ruling can be undone for a minute, for which no test waits; then it stands."""
    work.change("UPDATE review_case SET ruled_at_ms = ruled_at_ms - 61000 WHERE number = ?", number)
    deadline = time.monotonic() + RELEASED_SECONDS
    while work.standing(number)[0] != "closed":
        assert time.monotonic() < deadline, f"case {number} is still {work.standing(number)}"
        time.sleep(0.05)


def test_case_is_taken_read_and_ruled_on_and_the_ruling_undone(visit, work):
    """The whole of one piece of work: until its minute is over, a ruling can be taken back."""
    console, number = visit("ann"), work.new_case()
    console.take(number)
    assert work.standing(number) == ("assigned", "anyone", "ann")
    expect(console.page.locator("main")).to_contain_text(work.claim_of(number))
    expect(console.reasons).to_be_visible()
    console.approve(number)
    assert work.standing(number)[0] == "pending"
    console.open(f"/cases/{number}")
    console.send(f"/cases/{number}/undo")
    expect(console.said).to_be_visible()
    assert work.standing(number) == ("assigned", "anyone", "ann")
    console.deny(number)
    let_a_minute_pass(work, number)
    assert work.asked(
        "SELECT verdict FROM event WHERE kind = 'claim_adjudicated' AND claim_id = ?", work.claim_of(number)
    ) == [("undetermined",)]


def test_next_case_is_given_and_can_be_given_back(visit, work):
    """Who asks for work gets the case that waits at the highest cost; what one can't do goes back."""
    console = visit("bob")
    console.open("/queue")
    console.send("/next")
    number = case_number(console)
    assert work.standing(number)[::2] == ("assigned", "bob")
    console.send(f"/cases/{number}/give-back")
    expect(console.said).to_be_visible()
    assert work.standing(number)[::2] == ("waiting", None)


def test_large_amount_takes_two_people(visit, work):
    """What one proposes another one rules on, and not the same one twice."""
    ann, bob, number = visit("ann"), visit("bob"), work.new_case(large=True)
    ann.take(number)
    ann.approve(number)
    assert work.standing(number)[:2] == ("waiting", "second")
    expect(ann.find_in_queue(number)).to_have_count(0)
    bob.take(number)
    bob.approve(number)
    assert work.standing(number)[:2] == ("pending", "second")


def test_two_people_who_disagree_pass_it_on_to_a_senior(visit, work):
    """Whoever ruled before can't have it; a senior can."""
    ann, bob, sue, number = visit("ann"), visit("bob"), visit("sue"), work.new_case(large=True)
    ann.take(number)
    ann.approve(number)
    bob.take(number)
    bob.deny(number)
    assert work.standing(number)[:2] == ("waiting", "senior")
    for console in (ann, bob):
        expect(console.find_in_queue(number)).to_have_count(0)
    sue.take(number)
    sue.approve(number)
    assert work.standing(number)[:2] == ("pending", "senior")


def test_appeal_goes_to_another_person(visit, work):
    """What was denied is looked at again, and not by whoever denied it."""
    ann, sue, number = visit("ann"), visit("sue"), work.new_case()
    ann.take(number)
    ann.deny(number)
    let_a_minute_pass(work, number)
    claim_id = work.claim_of(number)
    sue.open(f"/cases/{number}")
    sue.send(f"/claims/{claim_id}/appeal", party="buyer", kind="appeal", text="The parcel came late, see the label.")
    expect(sue.said).to_be_visible()
    ((appeal,),) = work.asked("SELECT number FROM review_case WHERE kind = 'appeal' AND claim_id = ?", claim_id)
    expect(ann.find_in_queue(appeal)).to_have_count(0)
    sue.take(appeal)
    sue.approve(appeal)
    assert work.standing(appeal)[0] == "pending"


def test_two_reviewers_who_want_one_case_one_gets_it(visit, work):
    """Both press at the same moment; the other one is told, and has nothing to rule with."""
    number = work.new_case()
    both = [visit("ann"), visit("bob")]
    for console in both:
        expect(console.find_in_queue(number)).to_have_count(1)
    for console in both:  # sent, and not waited for
        console.form(f"/cases/{number}/take").evaluate("form => { form.requestSubmit() }")
    for console in both:
        expect(console.form(f"/cases/{number}/take")).to_have_count(0)
    state, _, holder = work.standing(number)
    assert state == "assigned"
    for name, console in zip(("ann", "bob"), both, strict=True):
        console.open(f"/cases/{number}")
        expect(console.form(f"/cases/{number}/rule")).to_have_count(1 if name == holder else 0)
    taken = work.asked("SELECT by FROM case_step WHERE case_number = ? AND step = 'taken'", number)
    assert taken == [(holder,)]


def test_two_reviewers_who_ask_for_work_get_different_cases(visit):
    """The same turn of the queue is never given out twice."""
    both = [visit("ann"), visit("bob")]
    for console in both:
        console.open("/queue")
    for console in both:
        console.form("/next").evaluate("form => { form.requestSubmit() }")
    for console in both:
        console.page.wait_for_url("**/cases/*")
    numbers = [case_number(console) for console in both]
    assert numbers[0] != numbers[1]
    for console, number in zip(both, numbers, strict=True):
        console.send(f"/cases/{number}/give-back")


def test_ruling_that_lacks_something_says_so_at_the_field_and_keeps_the_rest(visit, work):
    """Nobody writes a text twice because of a date that was forgotten."""
    console, number = visit("ann"), work.new_case()
    console.take(number)
    form = console.form(f"/cases/{number}/rule")
    form.evaluate("form => { form.noValidate = true }")  # as a browser that checks nothing
    with console.page.expect_response(f"**/cases/{number}/rule") as answered:
        console.send(f"/cases/{number}/rule", ruling="deny", text="The time for this is over.")
    assert answered.value.status == 422
    expect(console.errors.first).to_be_attached()
    described = console.errors.first.get_attribute("aria-describedby") or ""
    for name in described.split():
        expect(console.page.locator(f"#{name}")).to_be_attached()
    expect(console.field(console.form(f"/cases/{number}/rule"), "text").first).to_have_value(
        "The time for this is over."
    )
    assert work.standing(number)[0] == "assigned"


def test_ruling_that_lacks_something_is_in_sight_on_a_phone(visit, work):
    """The form is some screens below the top; whoever sent it sees what is wrong without looking for it."""
    console, number = visit("bob", width=360, java_script_enabled=False), work.new_case()
    console.take(number)
    console.send(f"/cases/{number}/rule", ruling="partly_approve", amount="-5")
    amount = console.field(console.form(f"/cases/{number}/rule"), "amount")
    expect(amount).to_be_focused()
    expect(amount).to_be_in_viewport()


def test_next_case_follows_by_one_key(visit, work):
    """Three keys for a plain approval, and the next case is open."""
    console, number = visit("ann"), work.new_case()
    console.take(number)
    console.page.keyboard.press("a")
    console.page.keyboard.press("Enter")
    expect(console.form(f"/cases/{number}/undo")).to_be_visible()
    console.page.keyboard.press("n")
    expect(console.form(f"/cases/{number}/undo")).to_have_count(0)
    assert console.form(f"/cases/{case_number(console)}/rule").count() == 1
    assert work.standing(number)[0] == "pending"


def test_console_in_chinese_says_all_of_it_in_chinese(visit, work):
    """A browser that asks for it gets it, headings and buttons alike; the other language is one link away."""
    console, number = visit("bob", language="zh-CN"), work.new_case()
    console.take(number)
    for address in ("/queue", f"/cases/{number}"):
        console.open(address)
        expect(console.page.locator("html")).to_have_attribute("lang", "zh-CN")
        for words in console.page.locator("h1, h2, button:visible").all_inner_texts():
            assert any("\u4e00" <= letter <= "\u9fff" for letter in words), words
    console.page.get_by_role("link", name=console.text("common.other_language")).click()
    expect(console.page.locator("html")).to_have_attribute("lang", "en")


def test_work_is_done_by_keyboard_alone(visit, work):
    """From sign-in to a ruling and back, without a mouse; one always sees where one is."""
    console = visit()
    console.open("/sign-in")
    form = console.form("/sign-in")
    console.tab_to(console.field(form, "name"))
    console.page.keyboard.type("bob")
    console.tab_to(console.field(form, "password"))
    console.page.keyboard.type(PASSWORD)
    console.page.keyboard.press("Enter")
    console.press_on(console.button(console.form("/next")))
    console.page.wait_for_url("**/cases/*")
    number = case_number(console)
    rule = console.form(f"/cases/{number}/rule")
    console.choose_by_keys(rule, "ruling", "approve")
    console.press_on(console.button(rule))
    expect(rule).to_have_count(0)
    assert work.standing(number)[0] in {"pending", "waiting"}  # ruled, or proposed to a second person
    console.open(f"/cases/{number}")
    console.press_on(console.button(console.form(f"/cases/{number}/undo")))
    expect(console.said).to_be_visible()
    assert work.standing(number) == ("assigned", "anyone", "bob")
    console.press_on(console.button(console.form(f"/cases/{number}/give-back")))
    expect(console.said).to_be_visible()


def test_first_key_skips_to_the_content(visit):
    """Nobody goes through the menu of each page again."""
    console = visit("ann")
    console.open("/queue")
    console.page.keyboard.press("Tab")
    expect(console.page.locator("a.skip")).to_be_focused()
    console.page.keyboard.press("Enter")
    expect(console.page).to_have_url(f"{console.url}/queue#main")


def test_work_is_done_without_script(visit, work):
    """What a script adds is comfort: all of the work is forms and links."""
    console, number = visit("ann", anew=True, java_script_enabled=False), work.new_case()
    console.open("/queue")
    expect(console.form("/next")).to_be_visible()
    console.take(number)
    expect(console.reasons).to_be_visible()
    console.approve(number)
    assert work.standing(number)[0] == "pending"
    console.open(f"/cases/{number}")
    console.send(f"/cases/{number}/undo")
    assert work.standing(number) == ("assigned", "anyone", "ann")
    console.open(f"/cases/{number}")
    console.send(f"/cases/{number}/give-back")
    assert work.standing(number) == ("waiting", "anyone", None)
    console.sign_out()
