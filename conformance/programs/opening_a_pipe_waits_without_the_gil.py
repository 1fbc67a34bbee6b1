"""`open` of a named pipe waits for the other end, which another thread opens meanwhile."""
import os
import tempfile
import threading

with tempfile.TemporaryDirectory() as folder:
    name = os.path.join(folder, "pipe")
    os.mkfifo(name)
    received = []

    def reader():
        with open(name, "rb") as file:
            received.append(file.read())

    thread = threading.Thread(target=reader)
    thread.start()
    with open(name, "wb") as file:
        file.write(b"sent")
    thread.join()
    print(received)
