"""English words that help a sentence along and say nothing of what it is about. Standard library only."""

_WORDS = """a about after again all also am an and any are as at be because been before being but by can
could did do
    does doing done for from had has have having he her hers him his how i if in into is it its just may me
    might more most my no nor not of on only or other our out over own said same say says shall she should
    so some such than that the their theirs them then there these they this those through to too under until
    up upon us very was we were what when where which while who whom whose why will with would you your
    yours"""
HELPING = frozenset(_WORDS.split())
