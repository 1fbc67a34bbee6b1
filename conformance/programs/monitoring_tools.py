"""Tools of sys.monitoring: names and callbacks; no events are asked for."""
import sys

m = sys.monitoring


def attempt(f, *arguments):
    try:
        print(f.__name__, f(*arguments))
    except Exception as e:
        print(f.__name__, type(e).__name__, e)


print(m, m.events)
attempt(m.use_tool_id, 7, "x")
attempt(m.use_tool_id, 0, 3)
attempt(m.use_tool_id, 0, "tool")
attempt(m.use_tool_id, 0, "other")
attempt(m.get_tool, 0)
attempt(m.get_tool, 1)
attempt(m.register_callback, 0, m.events.LINE, len)
attempt(m.register_callback, 0, m.events.LINE, None)
attempt(m.register_callback, 0, 33, None)
attempt(m.set_events, 0, 0)
attempt(m.set_events, 0, -1)
attempt(m.set_events, 0, m.events.C_RETURN)
attempt(m.set_events, 1, 0)
attempt(m.get_events, 0)
attempt(m.set_local_events, 0, 5, 1)
attempt(m.set_local_events, 0, attempt.__code__, m.events.RAISE)
attempt(m.get_local_events, 0, attempt.__code__)
attempt(m._all_events)
attempt(m.free_tool_id, 0)
attempt(m.get_tool, 0)
