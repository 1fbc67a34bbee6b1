//! The functions of the module.

use super::{
    default_int_handler, getsignal, pidfd_send_signal, pthread_kill, raise_signal, set_wakeup_fd,
    siginterrupt, signal, strsignal, timers, waiting,
};
use runtime::{MethodDef, NativeFn, method};

pub const DOC: &str = "This module provides mechanisms to use signal handlers in Python.\n\nFunctions:\n\nalarm() -- cause SIGALRM after a specified time [Unix only]\nsetitimer() -- cause a signal (described below) after a specified\n               float time and the timer may restart then [Unix only]\ngetitimer() -- get current value of timer [Unix only]\nsignal() -- set the action for a given signal\ngetsignal() -- get the signal action for a given signal\npause() -- wait until a signal arrives [Unix only]\ndefault_int_handler() -- default SIGINT handler\n\nsignal constants:\nSIG_DFL -- used to refer to the system default handler\nSIG_IGN -- used to ignore the signal\nNSIG -- number of defined signals\nSIGINT, SIGTERM, etc. -- signal numbers\n\nitimer constants:\nITIMER_REAL -- decrements in real time, and delivers SIGALRM upon\n               expiration\nITIMER_VIRTUAL -- decrements only when the process is executing,\n               and delivers SIGVTALRM upon expiration\nITIMER_PROF -- decrements both when the process is executing and\n               when the system is executing on behalf of the process.\n               Coupled with ITIMER_VIRTUAL, this timer is usually\n               used to profile the time spent by the application\n               in user and kernel space. SIGPROF is delivered upon\n               expiration.\n\n\n*** IMPORTANT NOTICE ***\nA signal handler function is called with two arguments:\nthe first is the signal number, the second is the interrupted stack frame.";

pub const ROWS: &[MethodDef] = &[
    method(
        "alarm",
        "($module, seconds, /)",
        NativeFn::One(timers::alarm),
        "Arrange for SIGALRM to arrive after the given number of seconds.",
    ),
    method(
        "default_int_handler",
        "($module, signalnum, frame, /)",
        NativeFn::Bound(default_int_handler),
        "The default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt.",
    ),
    method(
        "getitimer",
        "($module, which, /)",
        NativeFn::One(timers::getitimer),
        "Returns current value of given itimer.",
    ),
    method(
        "getsignal",
        "($module, signalnum, /)",
        NativeFn::One(getsignal),
        "Return the current action for the given signal.\n\nThe return value can be:\n  SIG_IGN -- if the signal is being ignored\n  SIG_DFL -- if the default action for the signal is in effect\n  None    -- if an unknown handler is in effect\n  anything else -- the callable Python object used as a handler",
    ),
    method("pause", "($module, /)", NativeFn::NoArgs(waiting::pause), "Wait until a signal arrives."),
    method(
        "pidfd_send_signal",
        "($module, pidfd, signalnum, siginfo=None, flags=0, /)",
        NativeFn::Bound(pidfd_send_signal),
        "Send a signal to a process referred to by a pid file descriptor.",
    ),
    method(
        "pthread_kill",
        "($module, thread_id, signalnum, /)",
        NativeFn::Bound(pthread_kill),
        "Send a signal to a thread.",
    ),
    method(
        "pthread_sigmask",
        "($module, how, mask, /)",
        NativeFn::Bound(waiting::pthread_sigmask),
        "Fetch and/or change the signal mask of the calling thread.",
    ),
    method(
        "raise_signal",
        "($module, signalnum, /)",
        NativeFn::One(raise_signal),
        "Send a signal to the executing process.",
    ),
    method(
        "set_wakeup_fd",
        "($module, fd, /, *, warn_on_full_buffer=True)",
        NativeFn::Bound(set_wakeup_fd),
        "Sets the fd to be written to (with the signal number) when a signal comes in.\n\nA library can use this to wakeup select or poll.\nThe previous fd or -1 is returned.\n\nThe fd must be non-blocking.",
    ),
    method(
        "setitimer",
        "($module, which, seconds, interval=0.0, /)",
        NativeFn::Bound(timers::setitimer),
        "Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).\n\nThe timer will fire after value seconds and after that every interval\nseconds.  The itimer can be cleared by setting seconds to zero.\n\nReturns old values as a tuple: (delay, interval).",
    ),
    method(
        "siginterrupt",
        "($module, signalnum, flag, /)",
        NativeFn::Bound(siginterrupt),
        "Change system call restart behaviour.\n\nIf flag is False, system calls will be restarted when interrupted by\nsignal sig, else system calls will be interrupted.",
    ),
    method(
        "signal",
        "($module, signalnum, handler, /)",
        NativeFn::Bound(signal),
        "Set the action for the given signal.\n\nThe action can be SIG_DFL, SIG_IGN, or a callable Python object.\nThe previous action is returned.  See getsignal() for possible return\nvalues.\n\n*** IMPORTANT NOTICE ***\nA signal handler function is called with two arguments: the first is\nthe signal number, the second is the interrupted stack frame.",
    ),
    method(
        "sigpending",
        "($module, /)",
        NativeFn::NoArgs(waiting::sigpending),
        "Examine pending signals.\n\nReturns a set of signal numbers that are pending for delivery to\nthe calling thread.",
    ),
    method(
        "sigtimedwait",
        "($module, sigset, timeout, /)",
        NativeFn::Bound(waiting::sigtimedwait),
        "Like sigwaitinfo(), but with a timeout.\n\nThe timeout is specified in seconds, with floating-point numbers allowed.",
    ),
    method(
        "sigwait",
        "($module, sigset, /)",
        NativeFn::One(waiting::sigwait),
        "Wait for a signal.\n\nSuspend execution of the calling thread until the delivery of one of the\nsignals specified in the signal set sigset.  The function accepts the\nsignal and returns the signal number.",
    ),
    method(
        "sigwaitinfo",
        "($module, sigset, /)",
        NativeFn::One(waiting::sigwaitinfo),
        "Wait synchronously until one of the signals in *sigset* is delivered.\n\nReturns a struct_siginfo containing information about the signal.",
    ),
    method(
        "strsignal",
        "($module, signalnum, /)",
        NativeFn::One(strsignal),
        "Return the system description of the given signal.\n\nReturns the description of signal *signalnum*, such as \"Interrupt\"\nfor :const:`SIGINT`. Returns :const:`None` if *signalnum* has no\ndescription. Raises :exc:`ValueError` if *signalnum* is invalid.",
    ),
    method(
        "valid_signals",
        "($module, /)",
        NativeFn::NoArgs(waiting::valid_signals),
        "Return a set of valid signal numbers on this platform.\n\nThe signal numbers returned by this function can be safely passed to\nfunctions like `pthread_sigmask`.",
    ),
];
