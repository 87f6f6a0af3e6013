"""The logistic function that makes a probability of what speaks for a claim. Constants only.

Made by ``assets/recipes/rag_support.py``: fitted to 9,993 claims about 45 training stories of FairytaleQA,
measured on 7,498 claims about its 23 validation stories (95 % intervals over stories). Each claim stands
beside the section that it is about and two others, or not: with another question's answer, with other
sections, or with a name, a number or a negation changed.

AUC .893 (.877 to .907), where the share of the claim's words in one passage reaches .806 (.789 to .820);
.886 against swapped answers, .951 against other sections, .804 against small changes. At a probability of .5,
83 % of the unsupported claims are marked, and 22 % of the supported ones: those in other words than the
story's. Said and true, in five bins: .08 and .09, .30 and .30, .49 and .49, .71 and .77, .94 and .96.
"""

BIAS = -0.943
# Of a sign, or of the product of two, as :data:`pipelines.rag.answering.evidence.SIGNS` names them.
WEIGHTS: dict[str, float] = {
    "own": -0.239,
    "asked": 1.095,
    "both": 3.733,
    "new*long": 0.683,
    "both*long": -1.527,
    "both*whole": 3.813,
    "absent*long": -1.082,
    "names*absent": -2.435,
    "near*absent": 3.741,
    "near*numbers": -2.670,
    "run*negated": -1.235,
}
