"""What sysconfig.get_config_vars() tells beside what it works out itself: Taipan has no C interface to build for."""

build_time_vars = {
    'EXT_SUFFIX': '.taipan-314-x86_64-linux-gnu.so',
    'SOABI': 'taipan-314-x86_64-linux-gnu',
    'MULTIARCH': 'x86_64-linux-gnu',
    'Py_DEBUG': 0,
    'Py_ENABLE_SHARED': 0,
    'Py_GIL_DISABLED': 0,
    'SHLIB_SUFFIX': '.so',
    'SIZEOF_VOID_P': 8,
    'VERSION': '3.14',
    'WITH_PYMALLOC': 0,
    'HAVE_FORK': 1,
    'TZPATH': '/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo',
}
