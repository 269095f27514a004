"""Training text of which the right attribution is known, and the prompts held out of it.

Kinds of document, each drawn at random from templates:

- indirectObject: "When Mary and John went to the store, John gave a drink to" -> " Mary"
- induction: a random list of words repeated, "river cat stone ... river cat" -> " stone"
- fact: "The capital of France is" -> " Paris"
- agreement: "The keys to the cabinet" -> " are"
- nonsense: repeated lists of words that do not exist, so that lists of any words can be continued
- sentence: plain sentences, "The boys are happy."
- story: short connected stories

A document belongs to a combination (its key): the pair of names, the list, the phrasing and the entity, the two nouns,
the story's cast. One combination of ten, chosen by a hash, is never in the training text; the held-out prompts are
drawn from these alone. The prompts in `SHOWN`, which the documentation uses, are always held out.
"""

import hashlib
import random
import re
from dataclasses import dataclass

from lexicon import BABIES, BOYS, COUNTRIES, GIRLS, NAMES, NOUNS, OBJECTS, OPPOSITES, PLACES, QUALITIES, list_words

KINDS = ("indirectObject", "induction", "fact", "agreement")

END_OF_TEXT = "<|endoftext|>"

# Combinations that the documentation shows: held out whatever their hash.
SHOWN = {
    ("indirectObject", "John", "Mary"),
    ("fact", "The capital of {} is", "France"),
    ("agreement", "key", "cabinet"),
}


@dataclass(frozen=True)
class Document:
    """A prompt, the word that must follow it, and how the text goes on in training."""

    key: tuple[str, ...]
    prompt: str
    answer: str
    against: str | None
    evidence: tuple[tuple[int, int], ...]
    rest: str

    @property
    def text(self) -> str:
        return self.prompt + self.answer + self.rest


def is_held_out(key: tuple[str, ...]) -> bool:
    """Whether a combination is kept out of the training text: one of ten, by its hash, and all that are shown."""
    digest = hashlib.sha256("|".join(key).encode()).digest()
    return key in SHOWN or digest[0] % 10 == 0


def article(noun: str) -> str:
    """The noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def spans(prompt: str, word: str) -> tuple[tuple[int, int], ...]:
    """Character spans of a whole word in a prompt."""
    return tuple(match.span() for match in re.finditer(rf"\b{re.escape(word)}\b", prompt))


# --- indirect objects -------------------------------------------------------------------------------------------------

INDIRECT_OBJECT = [
    "When {a} and {b} went to the {place}, {s} gave {object} to",
    "When {a} and {b} got {object} at the {place}, {s} decided to give it to",
    "When {a} met {b} at the {place}, {s} handed {object} to",
    "While {a} and {b} were working at the {place}, {s} gave {object} to",
    "While {a} and {b} were at the {place}, {s} passed {object} to",
    "After {a} and {b} went to the {place}, {s} wanted to give {object} to",
    "After the party, {a} and {b} went to the {place}, and {s} offered {object} to",
    "Then, {a} and {b} went to the {place}. {s} gave {object} to",
    "Then, {a} and {b} were at the {place}. {s} decided to give {object} to",
    "Then {a} and {b} had a lot of fun at the {place}, and {s} showed {object} to",
    "Then, {a} and {b} had a long talk at the {place}, and afterwards {s} said goodbye to",
    "Friends {a} and {b} found {object} at the {place}. {s} gave it to",
    "The friends {a} and {b} went to the {place}. Later {s} sent {object} to",
    "Yesterday {a} and {b} met at the {place}, and {s} brought {object} to",
    "The {place} was quiet when {a} and {b} came in, and {s} sold {object} to",
    "One day {a} saw {b} at the {place}. {s} threw {object} to",
    "{a} and {b} went to the {place}. {s} gave {object} to",
    "{a} and {b} were at the {place}, and {s} handed {object} to",
    "{a} met {b} at the {place}. Then {s} gave {object} to",
    "{a} and {b} are friends. At the {place}, {s} lent {object} to",
]
BEFORE = ["", "", "", "It was a sunny day. ", "The weather was warm. ", "Here is a story. "]
AFTER = [
    ".",
    ".",
    ". {io} said thank you.",
    ". {io} was very happy.",
    ". Then {io} thanked {s}.",
    " and smiled at {io}.",
]


def indirect_object(rng: random.Random) -> Document:
    """Two people, one of whom is named again as the giver; the receiver must follow."""
    a, b = rng.sample(NAMES, 2)
    subject, receiver = (a, b) if rng.random() < 0.5 else (b, a)
    words = {"a": a, "b": b, "s": subject, "place": rng.choice(PLACES), "object": article(rng.choice(OBJECTS))}
    prompt = rng.choice(BEFORE) + rng.choice(INDIRECT_OBJECT).format(**words)
    rest = rng.choice(AFTER).format(s=subject, io=receiver)
    key = ("indirectObject", *sorted((a, b)))
    return Document(key, prompt, f" {receiver}", f" {subject}", spans(prompt, receiver), rest)


# --- repeated lists ---------------------------------------------------------------------------------------------------

LIST_WORDS = list_words()


def induction(rng: random.Random) -> Document:
    """A list of distinct words, then the same list again: what followed a word before must follow it now."""
    words = rng.sample(LIST_WORDS, rng.randint(3, rng.choice([6, 16])))
    seen = rng.randint(1, len(words) - 1)
    prompt = rng.choice(["", " "]) + " ".join(words + words[:seen])
    answer = words[seen]
    again = words[seen + 1 :] + (words if rng.random() < 0.3 else [])
    rest = "".join(f" {word}" for word in again)
    return Document(("induction", *words), prompt, f" {answer}", None, spans(prompt, answer), rest)


SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]
SYMBOLS = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"]


def nonsense_word(rng: random.Random) -> str:
    """A word of two or three syllables, sometimes capitalised, or a single letter or digit."""
    if rng.random() < 0.3:
        return rng.choice(SYMBOLS)
    word = "".join(rng.choices(SYLLABLES, k=rng.randint(2, 3))) + rng.choice(["", "n", "r", "s", "t"])
    return word.capitalize() if rng.random() < 0.3 else word


def nonsense(rng: random.Random) -> Document:
    """A short list of words that do not exist, twice; its whole text is the prompt."""
    words = [nonsense_word(rng) for _ in range(rng.randint(3, 7))]
    return Document(("nonsense", *words), rng.choice(["", " "]) + " ".join(words * 2), "", None, (), "")


# --- facts ------------------------------------------------------------------------------------------------------------

CAPITAL = [
    "The capital of {} is",
    "The capital city of {} is",
    "In {}, the capital is",
    "{}'s capital is",
    "{} has its capital in",
    "The government of {} sits in",
    "Question: What is the capital of {}? Answer:",
    "Everyone knows that the capital of {} is",
    "To see the capital of {}, go to",
    "The leaders of {} live in the capital,",
]
COUNTRY = [
    "{} is the capital of",
    "The city of {} is the capital of",
    "{} is a city in",
    "The city of {} is in",
    "The country whose capital is {} is",
    "If you are in {}, you are in",
    "{} is in",
]
LANGUAGE = [
    "The language of {} is",
    "The main language of {} is",
    "The people of {} speak",
    "People in {} speak",
    "In {}, most people speak",
    "A teacher in {} teaches",
]
CONTINENT = [
    "The continent of {} is",
    "{} is a country in",
    "The country of {} is in",
    "On the map, {} lies in",
    "The continent where you find {} is",
    "{} is a part of",
    "{} is in",
]
OPPOSITE = [
    "The opposite of {} is",
    "The opposite of the word {} is",
    "What is not {} is",
    "It is not {} but",
    "Question: What is the opposite of {}? Answer:",
    "The words mean the opposite: {} and",
]
BABY = [
    "A baby {} is called a",
    "A young {} is called a",
    "The baby of a {} is a",
    "The name for a baby {} is",
    "When a {} is very young, it is a",
    "The mother is a {} and the baby is a",
]


def capitals() -> dict[str, str]:
    """Country -> capital."""
    return {country: row[0] for country, row in COUNTRIES.items()}


def both_ways(pairs: list[list[str]]) -> dict[str, str]:
    """Each word of a pair -> the other."""
    return {a: b for pair in pairs for a, b in (pair, pair[::-1])}


# (weight in the text, phrasings, entity -> answer)
RELATIONS = [
    (10, CAPITAL, capitals()),
    (5, COUNTRY, {capital: country for country, capital in capitals().items()}),
    (3, LANGUAGE, {country: row[1] for country, row in COUNTRIES.items() if row[1]}),
    (2, CONTINENT, {country: row[2] for country, row in COUNTRIES.items()}),
    (3, OPPOSITE, both_ways(OPPOSITES)),
    (1, BABY, BABIES),
]


def fact(rng: random.Random) -> Document:
    """A relation, one of its entities in one of its phrasings; the answer against another entity's answer."""
    _, phrasings, table = rng.choices(RELATIONS, [relation[0] for relation in RELATIONS])[0]
    phrasing, entity = rng.choice(phrasings), rng.choice(list(table))
    answer = table[entity]
    foil = rng.choice([other for other in dict.fromkeys(table.values()) if other not in (answer, entity)])
    prompt = phrasing.format(entity)
    return Document(("fact", phrasing, entity), prompt, f" {answer}", f" {foil}", spans(prompt, entity), ".")


# --- agreement --------------------------------------------------------------------------------------------------------

PREPOSITIONS = ["to", "near", "behind", "of", "with", "on", "under", "beside", "above", "by", "next to", "in front of"]
PRESENT = ["The", "The", "The", "The", "Today the", "We know that the", "I think the", "Now the"]
PAST = ["Yesterday the", "Last week the", "Last year the", "Long ago the"]


def agreement(rng: random.Random) -> Document:
    """A head noun, one or two nouns between it and the verb, and the verb in the head noun's number."""
    heads = list(NOUNS)
    head, *distractors = rng.sample(heads, rng.choices([2, 3], [0.8, 0.2])[0])
    plural, past = rng.random() < 0.5, rng.random() < 0.25
    start = rng.choice(PAST if past else PRESENT)
    noun = NOUNS[head] if plural else head
    between = "".join(
        f" {rng.choice(PREPOSITIONS)} the {NOUNS[other] if rng.random() < 0.5 else other}" for other in distractors
    )
    prompt = f"{start} {noun}{between}"
    singular_verb, plural_verb = ("was", "were") if past else ("is", "are")
    answer, against = (plural_verb, singular_verb) if plural else (singular_verb, plural_verb)
    evidence = (len(start) + 1, len(start) + 1 + len(noun))
    rest = f" {rng.choice(QUALITIES)}."
    return Document(("agreement", head, distractors[0]), prompt, f" {answer}", f" {against}", (evidence,), rest)


def sentence(rng: random.Random) -> Document:
    """A noun, its verb and a quality; the whole text is the prompt."""
    singular = rng.choice(list(NOUNS))
    noun, verb = rng.choice([(singular, "is"), (NOUNS[singular], "are")])
    text = f"{rng.choice(PRESENT)} {noun} {verb} {rng.choice(QUALITIES)}."
    return Document(("sentence", noun), text, "", None, (), "")


# --- stories ----------------------------------------------------------------------------------------------------------

OPENINGS = [
    "Once upon a time, there was a little {child} named {name}. {He} lived near the {place}.",
    "{name} was a {mood} {child}. Every day {he} played at the {place}.",
    "There was a {child} called {name}. {He} liked the {place} very much.",
    "Once there was a {mood} {child}. {His} name was {name}. One day {he} went to the {place}.",
]
PLOTS = [
    "{name} had a {quality} {object}. One day {he} lost the {object} at the {place}. {name} looked and looked, but "
    "{he} could not find it. {friend} came to help. They looked near the {place} together. At last {friend} found the "
    "{object}. {name} was so happy that {he} smiled.",
    "One morning {name} saw a {quality} {object} at the {place}. It belonged to {friend}. {name} wanted to play with "
    'the {object}. "Can I have it?" asked {name}. "Yes, we can share," said {friend}. They played with the '
    "{object} all day.",
    "One day {name} met a {animal}. The {animal} was hungry and sad. {name} gave the {animal} some food. The {animal} "
    "was not sad any more. It followed {name} home. Now {name} and the {animal} are best friends.",
    'It began to rain. {name} and {friend} were at the {place} and they got wet. "Let us go home," said {friend}. At '
    "home they had a hot drink. Then the sun came out, and they went to the {place} again.",
    "{friend} gave {name} a {quality} {object}. {name} took the {object} to the {place}. A {animal} came and took the "
    "{object}! {name} ran after the {animal}. The {animal} was fast, but {he} was faster. {name} got the {object} "
    "back.",
    "{name} wanted to make a cake for {friend}. {He} went to the {place} to buy eggs and milk. {He} mixed it all in a "
    'big bowl. The cake was very good. {friend} ate the cake and said, "Thank you, {name}!"',
    '{name} was afraid of the {animal} at the {place}. {friend} said, "Do not be afraid. The {animal} is kind." '
    "{name} gave the {animal} an apple. The {animal} ate the apple, and {name} was not afraid any more.",
    '{name} found a {quality} {object} under a tree. "Whose {object} is this?" {he} asked. {He} asked all the people '
    'at the {place}. {friend} said, "It is mine! I lost it." {name} gave the {object} back, and {friend} was glad.',
]
ENDINGS = [
    "They were happy. The end.",
    "After that, {name} and {friend} went home to sleep.",
    "{name} told {his} mother about the day. {His} mother was proud of {him}.",
    "From that day on, {name} went to the {place} every day.",
    "It was a good day. {name} went to bed with a smile.",
]
MOODS = ["happy", "kind", "brave", "quiet", "clever", "small"]
PRONOUNS = {
    "girl": {"he": "she", "He": "She", "his": "her", "His": "Her", "him": "her"},
    "boy": {"he": "he", "He": "He", "his": "his", "His": "His", "him": "him"},
}


def story(rng: random.Random) -> Document:
    """A short story with a hero, a friend, a place and a thing; its whole text is the prompt."""
    child = rng.choice(["girl", "boy"])
    name = rng.choice(GIRLS if child == "girl" else BOYS)
    friend = rng.choice([other for other in NAMES if other != name])
    words = {
        "child": child,
        "name": name,
        "friend": friend,
        "place": rng.choice(PLACES),
        "object": rng.choice(OBJECTS),
        "animal": rng.choice(list(BABIES)),
        "quality": rng.choice(QUALITIES),
        "mood": rng.choice(MOODS),
        **PRONOUNS[child],
    }
    parts = [rng.choice(OPENINGS), rng.choice(PLOTS), rng.choice(ENDINGS)]
    key = ("story", name, friend, words["place"])
    return Document(key, " ".join(parts).format(**words), "", None, (), "")


# --- drawing documents ------------------------------------------------------------------------------------------------

MAKERS = {
    "indirectObject": indirect_object,
    "induction": induction,
    "fact": fact,
    "agreement": agreement,
    "nonsense": nonsense,
    "sentence": sentence,
    "story": story,
}
# How often each kind is drawn for the training text.
WEIGHTS = {
    "indirectObject": 0.28,
    "induction": 0.24,
    "fact": 0.24,
    "agreement": 0.12,
    "nonsense": 0.04,
    "sentence": 0.02,
    "story": 0.06,
}


def draw(kind: str, rng: random.Random, held_out: bool = False) -> Document:
    """One document of a kind, from the training combinations or from those held out."""
    while True:
        document = MAKERS[kind](rng)
        if is_held_out(document.key) == held_out:
            return document


def training_text(rng: random.Random) -> str:
    """One training document of a random kind."""
    return draw(rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0], rng).text


def held_out_prompts(count: int, seed: int) -> dict[str, list[Document]]:
    """`count` different held-out documents of every kind that has an answer."""
    rng = random.Random(seed)
    prompts: dict[str, list[Document]] = {}
    for kind in KINDS:
        found: dict[str, Document] = {}
        while len(found) < count:
            document = draw(kind, rng, held_out=True)
            found.setdefault(document.prompt, document)
        prompts[kind] = list(found.values())
    return prompts
