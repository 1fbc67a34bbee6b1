a, b = 1, 2
a, b = b, a
print(a, b)
items = [1, 2, 3]
i, items[i] = 2, "two"
print(i, items)
a, b, c = 1, 2, 3
a, b, c = c, a, b
print(a, b, c)
