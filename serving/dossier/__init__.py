"""What a person is shown of a claim: as it was known at one moment, in frozen values, without any HTML.

Read in this order:
    moment          as of when a case is shown, and what of it is kept from whom
    dossier         all parts of it, found in one go
    claim           the claim and its order; delivery against promise
    why             what each action costs, and why the claim is here
    weighing        at most five reasons with their values, and how they add up to the probability
    unusual         how rare a value is among the claims of the training's time
    time_lines      what the buyer and the merchant did before
    linked          who shares a device, an address or a payment with the buyer
    pictures        where the claim's pictures were seen before
    leaf_space      which claims the model sees alike
    similar         past claims with a verdict, kept in memory by the leaves that they fall in
    guides          what to look at, by the claim's reason
    earlier         what people did on the claim before
    masking         ids of persons as short pseudonyms
"""
