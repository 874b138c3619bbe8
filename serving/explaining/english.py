"""What people are told, in English."""

from __future__ import annotations

from typing import Final

from serving.explaining.words import Words

ENGLISH: Final = Words(
    date="%Y-%m-%d",
    granted={
        "refund_only": "Your refund was granted; nothing has to be sent back.",
        "return_refund": "Your return was granted.",
        "exchange": "Your exchange was granted.",
        "repair": "Your repair was granted.",
    },
    with_a_person="A person will look at your claim and decide it. Nothing was refused.",
    asked="As you asked, a person will look at your claim and decide it.",
    decided_by_a_person="A person has looked at your claim and decided it.",
    by_machine=(
        "This was decided automatically, from what your claim says, the order and its delivery, and what is on record "
        "of earlier orders and claims."
    ),
    by_nobody_yet=(
        "An automatic check of what your claim says, the order and its delivery, and what is on record of earlier "
        "orders and claims passed it on to a person. A machine never refuses a claim."
    ),
    not_checked="Your claim could not be checked automatically, so a person looks at it. That is not your doing.",
    if_granted="If your claim is granted: ",
    window="You may ask for this until {date}.",
    window_over="The time for this ended on {date}; that alone refuses nothing.",
    refund={
        "immediate": "Your money is sent back at once.",
        "on_carrier_scan": "Your money is sent back once the carrier has taken the parcel.",
        "on_inspection": "Your money is sent back once the goods have come back and were looked at.",
    },
    refund_due=" That takes {days} days at most.",
    route={
        "original_payment": "It goes back the way you paid.",
        "bank_transfer": "It is sent by bank transfer.",
    },
    freight={
        "merchant": "The seller pays for sending the goods back.",
        "platform": "We pay for sending the goods back.",
        "buyer": "You pay for sending the goods back.",
    },
    label="You get a label for the parcel.",
    parcel_number="Write {number} on the parcel.",
    warranty="The goods are repaired or exchanged until {date}.",
    quota="Returns after a change of mind that are free within a year: {limit}. Left for you: {left}.",
    changes={
        "add_pictures": "Had you added clear pictures of the goods, your claim would have been granted at once.",
        "return_the_goods": "Had you asked to send the goods back, your claim would have been granted at once.",
        "return_the_goods_with_pictures": (
            "Had you asked to send the goods back and added clear pictures of them, your claim would have been granted "
            "at once."
        ),
        "wait_for_the_goods": (
            "If you wait until the goods have arrived and then ask to send them back, your claim would be granted at "
            "once."
        ),
        "ask_for_a_person": "If you ask for it, a person looks at this decision.",
    },
    no_promise=(
        "We decided your claim again with only this changed. A new claim is decided anew, so this is no promise. "
        "Please say only what is true."
    ),
    none_helps=(
        "We decided your claim again with what a buyer could have done otherwise, such as pictures or a return. None "
        "of it would have changed the outcome: a person would have decided it all the same."
    ),
    nothing_to_try=(
        "There is nothing that you could have done otherwise here. That a person decides doesn't mean that you did "
        "anything wrong."
    ),
    nothing_needed="Your claim was granted; you need not do anything else.",
    not_worked_out="We can't tell what would have changed the outcome: what this was decided on isn't there any more.",
    asked_yourself="A person decides because you asked for it; nothing else was needed for that.",
    rights=(
        "You may ask for a person to decide, say how you see it, and contest this (PIPL art. 24; GDPR art. 22).",
        "You may ask which personal data was used, and have what is wrong put right.",
    ),
    merchant_charged="The claim was granted, and you are charged for it. What entitles us to that is named here.",
    merchant_not_charged="The claim was granted at our cost; you are not charged.",
    merchant_advanced=(
        "We paid the buyer first. You are not charged without your consent or a ruling; we may ask you for the amount."
    ),
    merchant_waits="A person will decide the claim; you are not charged for it now.",
    merchant_ruled="A person has decided the claim; the platform tells you how.",
    merchant_rights=(
        "You may answer the claim, send evidence, and contest a charge; a person looks at that.",
        "Nothing is charged to you without an authority on record.",
    ),
)
