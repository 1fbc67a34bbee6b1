"""Files, processes, signals, descriptors and sockets as the modules over the operating system present them."""
import errno, fcntl, os, resource, select, signal, socket, stat, subprocess, sys, tempfile, time


def attempt(function, *arguments, **keywords):
    try:
        return function(*arguments, **keywords)
    except Exception as e:
        return type(e).__name__, str(e), getattr(e, "filename", None), getattr(e, "filename2", None)


# Errors name what they are about.
print(attempt(os.stat, "nope"), attempt(os.rename, "nope", "other"), attempt(os.stat, []), attempt(os.stat, "a\0b"))
print(attempt(os.stat, 1, dir_fd=1), attempt(os.utime, "nope", (1, 2), ns=(1, 2)), attempt(os.chown, "nope", -2, 1))
print(attempt(os.read, 9999, 1), attempt(os.open, "nope", "x"), attempt(os.execv, "nope", []))

with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "file")
    fd = os.open(path, os.O_CREAT | os.O_RDWR, 0o640)
    print(os.write(fd, b"hello world"), os.pread(fd, 5, 6), os.writev(fd, [b"a", b"bc"]), os.lseek(fd, 0, 2))
    os.close(fd)
    os.utime(path, ns=(1_500_000_000_123_456_789, 1_600_000_000_987_654_321))
    status = os.stat(path)
    print(status.st_size, stat.filemode(status.st_mode), status.st_atime_ns, status.st_mtime, status[8])
    os.symlink("file", os.path.join(directory, "link"))
    os.mkdir(os.path.join(directory, "sub"))
    with os.scandir(directory) as entries:
        for e in sorted(entries, key=lambda e: e.name):
            print(e, e.is_file(), e.is_dir(), e.is_symlink(), e.is_file(follow_symlinks=False), e.stat().st_ino > 0)
    print(os.readlink(os.path.join(directory, "link")), sorted(os.listdir(os.fsencode(directory))))

# Processes.
print(subprocess.run(["cat"], input=b"piped", capture_output=True).stdout, subprocess.call("exit 3", shell=True))
print(attempt(subprocess.run, ["/nope"]), attempt(subprocess.run, ["true"], cwd="/nope"))
child = os.fork()
if child == 0:
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
child = os.posix_spawn("/bin/sh", ["sh", "-c", "kill -TERM $$"], os.environ)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

# Handlers run between instructions, and interrupted calls go on.
signal.signal(signal.SIGALRM, lambda number, frame: print("alarm", number == signal.SIGALRM, frame.f_code.co_name))
signal.setitimer(signal.ITIMER_REAL, 0.02)
start = time.monotonic()
time.sleep(0.06)
print(time.monotonic() - start >= 0.06)
signal.signal(signal.SIGALRM, lambda *_: 1 / 0)
signal.setitimer(signal.ITIMER_REAL, 0.02)
try:
    while True:
        pass
except ZeroDivisionError as e:
    print("interrupted by", e)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("KeyboardInterrupt")
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.kill(os.getpid(), signal.SIGUSR1)
print(signal.sigpending(), signal.sigtimedwait([signal.SIGUSR1], 1).si_signo, signal.sigtimedwait([signal.SIGUSR1], 0))

# Calendar time.
print(ascii(time.strftime("%Y-%m-%d é\0%j", time.gmtime(86400))), time.asctime(time.gmtime(0)), attempt(time.gmtime, 2**60))
print(attempt(time.sleep, -1), time.struct_time(range(11)).tm_zone, time.get_clock_info("time"))

# Waiting for descriptors.
a, b = socket.socketpair()
poll = select.poll()
poll.register(b)
epoll = select.epoll()
epoll.register(b, select.EPOLLIN)
print(select.select([b], [b], [], 0) == ([], [b], []), poll.poll(0) == [(b.fileno(), select.POLLOUT)], epoll.poll(0))
a.sendall(b"ready")
print(select.select([b], [], [], 1)[0] == [b], epoll.poll(1) == [(b.fileno(), select.EPOLLIN)], b.recv(10))
b.settimeout(0.01)
print(attempt(b.recv, 1), fcntl.fcntl(a, fcntl.F_GETFD) == fcntl.FD_CLOEXEC)
with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
    peer, address = server.accept()
    print(address == client.getsockname(), client.send(b"x"), peer.recv(9))
    peer.close()
print(attempt(socket.inet_pton, socket.AF_INET, "x"), attempt(socket.inet_ntoa, b"x"))
for end in a, b, epoll:
    end.close()
print(attempt(resource.setrlimit, resource.RLIMIT_CORE, (-2, 1)), errno.errorcode[errno.ENOENT])
