"""The words the sample model's training text is made of.

Every name, place, answer and list word here becomes one token (with its leading space) of the tokenizer that
`train.py` builds, so an attribution always has exactly one token to point at.
"""

GIRLS = (
    "Mary Anna Sarah Emma Lucy Alice Laura Julia Kate Clara Helen Maria Susan Linda Nina Eva Amy Ruth Diana Sophie "
    "Lily Olivia Jane Karen Lisa Claire Emily Ella"
).split()
BOYS = (
    "John Tom Paul James David Peter Mark Simon Henry Daniel Robert George Jack Michael Adam Kevin Oscar Victor "
    "Martin Frank Leo Max Ben William Thomas Steven Edward Andrew"
).split()
NAMES = GIRLS + BOYS

PLACES = (
    "store park school beach library market garden station hospital restaurant office museum zoo farm forest castle "
    "church theater bakery shop lake hotel airport house river kitchen"
).split()

OBJECTS = (
    "drink book ball flower ring hat letter gift cake apple pen toy cup coat bag map watch snack sandwich kite basket "
    "bottle phone ticket present necklace computer bone picture key"
).split()

# Words that only serve the lists; all other words of this file may stand in a list too.
LIST_WORDS = (
    "stone tree wind fire snow rain cloud star moon sun sand leaf root hill valley ocean island bridge road tower wall "
    "roof floor chair bed lamp clock mirror candle paper pencil brush paint glass spoon fork knife plate bowl pot soup "
    "bread butter cheese milk honey sugar salt pepper rice corn bean onion carrot potato tomato lemon orange grape "
    "cherry peach plum nut egg fish bird lion tiger wolf fox rabbit mouse rat snake spider ant bee fly whale shark "
    "eagle owl crow shoe sock shirt dress belt glove scarf button needle thread wheel engine boat ship train plane "
    "truck bus car bike drum flute violin piano song dance game puzzle doll robot rocket planet metal gold silver iron "
    "copper wood cotton wool silk leather rope chain hammer nail saw box bucket ladder tent flag coin stamp"
).split()

# Country -> (capital, main language or "", continent); single words only.
COUNTRIES = {
    "France": ("Paris", "French", "Europe"),
    "Germany": ("Berlin", "German", "Europe"),
    "Italy": ("Rome", "Italian", "Europe"),
    "Spain": ("Madrid", "Spanish", "Europe"),
    "Portugal": ("Lisbon", "Portuguese", "Europe"),
    "England": ("London", "English", "Europe"),
    "Ireland": ("Dublin", "", "Europe"),
    "Scotland": ("Edinburgh", "", "Europe"),
    "Austria": ("Vienna", "German", "Europe"),
    "Belgium": ("Brussels", "", "Europe"),
    "Switzerland": ("Bern", "", "Europe"),
    "Denmark": ("Copenhagen", "Danish", "Europe"),
    "Norway": ("Oslo", "Norwegian", "Europe"),
    "Sweden": ("Stockholm", "Swedish", "Europe"),
    "Finland": ("Helsinki", "Finnish", "Europe"),
    "Iceland": ("Reykjavik", "Icelandic", "Europe"),
    "Poland": ("Warsaw", "Polish", "Europe"),
    "Hungary": ("Budapest", "Hungarian", "Europe"),
    "Romania": ("Bucharest", "Romanian", "Europe"),
    "Bulgaria": ("Sofia", "Bulgarian", "Europe"),
    "Greece": ("Athens", "Greek", "Europe"),
    "Russia": ("Moscow", "Russian", "Europe"),
    "Ukraine": ("Kyiv", "Ukrainian", "Europe"),
    "Croatia": ("Zagreb", "Croatian", "Europe"),
    "Serbia": ("Belgrade", "Serbian", "Europe"),
    "Estonia": ("Tallinn", "Estonian", "Europe"),
    "Latvia": ("Riga", "Latvian", "Europe"),
    "Lithuania": ("Vilnius", "Lithuanian", "Europe"),
    "Turkey": ("Ankara", "Turkish", "Asia"),
    "Japan": ("Tokyo", "Japanese", "Asia"),
    "China": ("Beijing", "Chinese", "Asia"),
    "Thailand": ("Bangkok", "Thai", "Asia"),
    "Vietnam": ("Hanoi", "Vietnamese", "Asia"),
    "Indonesia": ("Jakarta", "Indonesian", "Asia"),
    "Nepal": ("Kathmandu", "Nepali", "Asia"),
    "Iran": ("Tehran", "Persian", "Asia"),
    "Iraq": ("Baghdad", "Arabic", "Asia"),
    "Syria": ("Damascus", "Arabic", "Asia"),
    "Lebanon": ("Beirut", "Arabic", "Asia"),
    "Qatar": ("Doha", "Arabic", "Asia"),
    "Pakistan": ("Islamabad", "Urdu", "Asia"),
    "Bangladesh": ("Dhaka", "Bengali", "Asia"),
    "Egypt": ("Cairo", "Arabic", "Africa"),
    "Morocco": ("Rabat", "Arabic", "Africa"),
    "Libya": ("Tripoli", "Arabic", "Africa"),
    "Algeria": ("Algiers", "Arabic", "Africa"),
    "Kenya": ("Nairobi", "", "Africa"),
    "Ghana": ("Accra", "English", "Africa"),
    "Nigeria": ("Abuja", "English", "Africa"),
    "Senegal": ("Dakar", "French", "Africa"),
    "Uganda": ("Kampala", "", "Africa"),
    "Zambia": ("Lusaka", "English", "Africa"),
    "Zimbabwe": ("Harare", "", "Africa"),
    "Angola": ("Luanda", "Portuguese", "Africa"),
    "Canada": ("Ottawa", "", "America"),
    "Cuba": ("Havana", "Spanish", "America"),
    "Jamaica": ("Kingston", "English", "America"),
    "Peru": ("Lima", "Spanish", "America"),
    "Chile": ("Santiago", "Spanish", "America"),
    "Ecuador": ("Quito", "Spanish", "America"),
    "Colombia": ("Bogota", "Spanish", "America"),
    "Venezuela": ("Caracas", "Spanish", "America"),
    "Brazil": ("Brasilia", "Portuguese", "America"),
    "Uruguay": ("Montevideo", "Spanish", "America"),
    "Australia": ("Canberra", "English", "Oceania"),
}

OPPOSITES = [
    pair.split("-")
    for pair in (
        "hot-cold big-small tall-short fast-slow happy-sad rich-poor hard-soft wet-dry full-empty early-late "
        "strong-weak clean-dirty high-low day-night left-right loud-quiet thick-thin true-false first-last good-bad "
        "near-far old-young up-down black-white"
    ).split()
]

BABIES = dict(
    pair.split("-")
    for pair in (
        "dog-puppy cat-kitten cow-calf horse-foal sheep-lamb pig-piglet duck-duckling goose-gosling bear-cub "
        "frog-tadpole hen-chick goat-kid deer-fawn swan-cygnet"
    ).split()
)

# Singular -> plural.
NOUNS = {
    **{noun: noun + "s" for noun in (
        "key book letter picture door window table chair cup bottle flower tree house car boat toy ball shoe coat hat "
        "dog cat horse bird teacher doctor farmer student friend painter writer king driver singer player lamp clock "
        "basket bag map pen road garden cabinet drawer wall desk"
    ).split()},
    "box": "boxes", "glass": "glasses", "child": "children", "man": "men", "woman": "women",
}  # fmt: skip

QUALITIES = (
    "old new red blue green big small clean dirty beautiful heavy light strange good bad wet dry strong broken quiet"
).split()


def list_words() -> list[str]:
    """All words that may stand in a random list, without repeats and in a fixed order."""
    facts = [word for country, row in COUNTRIES.items() for word in (country, row[0])]
    return list(dict.fromkeys(LIST_WORDS + OBJECTS + PLACES + QUALITIES + list(BABIES) + NAMES + facts))


def single_tokens() -> list[str]:
    """Every word that must be one token with its leading space."""
    languages = [word for row in COUNTRIES.values() for word in row[1:] if word]
    opposites = [word for pair in OPPOSITES for word in pair]
    nouns = [word for pair in NOUNS.items() for word in pair]
    verbs = ["is", "are", "was", "were"]
    return list(dict.fromkeys(list_words() + languages + opposites + list(BABIES.values()) + nouns + verbs))
