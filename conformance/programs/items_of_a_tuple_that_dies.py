# Items that unpacking takes out of an object outlive it, also when the same count of the object is held twice.
def run(n):
    for i in range(n):
        left, right = map(str.strip, f"{i} b -> c".split("->"))
        number, letter = left.split()
    return left, right, number, letter


print(run(3000))
