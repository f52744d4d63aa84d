"""The codes of what can be wrong with a file before it is a bot. All of them are errors."""

READING: dict[str, str] = {
    "unreadable-file": "The file is not there, or is not UTF-8.",
    "empty-file": "The file holds no bot.",
    "too-big": "The file is larger, deeper or holds more than a flow may.",
    "bad-character": "The file holds a control character or a lone surrogate.",
    "yaml-syntax": "The file is no YAML.",
    "json-syntax": "The file begins like JSON and is none.",
    "yaml-feature": "The file uses a part of YAML that flows do without: tags, merge keys, keys that are no words.",
    "several-documents": "The file holds a second document.",
    "duplicate-key": "A key stands twice.",
    "unknown-key": "A key is not known where it stands.",
    "missing-key": "A key is missing.",
    "unknown-kind": "A part, button or condition does not say what it is.",
    "wrong-type": "A list stands where a text belongs, or the like.",
    "wrong-value": "A value is none of those that are allowed.",
    "bad-name": "A name has characters that a name can't have.",
    "bad-language": "A language is no language code.",
    "bad-url": "An address is no web address.",
    "bad-duration": "A wait is no duration.",
    "keyword-rule": "A keyword rule has too much, or too little, of `is`, `contains`, `opt_in` and `opt_out`.",
}
"""What each code means, in one line."""
