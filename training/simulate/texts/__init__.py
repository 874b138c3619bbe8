"""What simulated buyers write: texts in Chinese and English that tell of a reason, as people would or as a script does.

Read in this order:
    en.toml, zh_cn.toml   sentence frames of each reason, and the words that fill them
    frames                reads them: a frame is a row of small dictionaries, one word of each makes a sentence
    drawing               the numbers that choose those words: by chance, or by the author of a script
    compose               many texts at once, from choices
    slips                 typing mistakes, missing marks, words as they are spoken
    writing               all of it: `write_texts`

Every fourth frame is held out: it is drawn only where asked for, so that a reader can be tried on frames never seen.
"""

from training.simulate.texts.drawing import PLACES
from training.simulate.texts.frames import LANGUAGES
from training.simulate.texts.writing import VOICES, write_texts

__all__ = ["LANGUAGES", "PLACES", "VOICES", "write_texts"]
