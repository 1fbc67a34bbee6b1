"""The default of dict.get may be a value that nothing else holds once the call is over."""


def lookup(table, text):
    key = text.lower()
    key = table.get(key.upper(), key)
    other = [table.get(n, text + "!") for n in ("a", "b")]
    return key.strip(), other[1]


table = {"b": "two"}
found = set()
for i in range(20000):
    found.add(lookup(table, "Utf-8"))
print(found)
