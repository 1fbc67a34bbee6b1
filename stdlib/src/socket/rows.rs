//! The functions and constants of the module, and the methods of sockets.

use super::{hosts, names, stream, transfer};
use crate::libc_constants;
use runtime::{MethodDef, NativeFn, method};

pub const SOCKET_DOC: &str = "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.  The family argument specifies the\naddress family; it defaults to AF_INET.  The type argument specifies\nwhether this is a stream (SOCK_STREAM, this is the default)\nor datagram (SOCK_DGRAM) socket.  The protocol argument defaults to 0,\nspecifying the default protocol.  Keyword arguments are accepted.\nThe socket is created as non-inheritable.\n\nWhen a fileno is passed in, family, type and proto are auto-detected,\nunless they are explicitly set.\n\nA socket object represents one endpoint of a network connection.\n\nMethods of socket objects (keyword arguments not allowed):\n\n_accept() -- accept connection, returning new socket fd and client address\nbind(addr) -- bind the socket to a local address\nclose() -- close the socket\nconnect(addr) -- connect the socket to a remote address\nconnect_ex(addr) -- connect, return an error code instead of an exception\ndup() -- return a new socket fd duplicated from fileno()\nfileno() -- return underlying file descriptor\ngetpeername() -- return remote address [*]\ngetsockname() -- return local address\ngetsockopt(level, optname[, buflen]) -- get socket options\ngettimeout() -- return timeout or None\nlisten([n]) -- start listening for incoming connections\nrecv(buflen[, flags]) -- receive data\nrecv_into(buffer[, nbytes[, flags]]) -- receive data (into a buffer)\nrecvfrom(buflen[, flags]) -- receive data and sender's address\nrecvfrom_into(buffer[, nbytes, [, flags]])\n  -- receive data and sender's address (into a buffer)\nsendall(data[, flags]) -- send all data\nsend(data[, flags]) -- send data, may not send all of it\nsendto(data[, flags], addr) -- send data to a given address\nsetblocking(bool) -- set or clear the blocking I/O flag\ngetblocking() -- return True if socket is blocking, False if non-blocking\nsetsockopt(level, optname, value[, optlen]) -- set socket options\nsettimeout(None | float) -- set or clear the timeout\nshutdown(how) -- shut down traffic in one or both directions\n\n [*] not available on all platforms!";

pub const METHODS: &[MethodDef] = &[
    method(
        "_accept",
        "($self, /)",
        NativeFn::NoArgs(stream::accept),
        "_accept() -> (integer, address info)\n\nWait for an incoming connection.  Return a new socket file descriptor\nrepresenting the connection, and the address of the client.\nFor IP sockets, the address info is a pair (hostaddr, port).",
    ),
    method(
        "bind",
        "($self, object, /)",
        NativeFn::One(stream::bind),
        "bind(address)\n\nBind the socket to a local address.  For IP sockets, the address is a\npair (host, port); the host must refer to the local host. For raw packet\nsockets the address is a tuple (ifname, proto [,pkttype [,hatype [,addr]]])",
    ),
    method(
        "close",
        "($self, /)",
        NativeFn::NoArgs(stream::close),
        "close()\n\nClose the socket.  It cannot be used after this call.",
    ),
    method(
        "connect",
        "($self, object, /)",
        NativeFn::One(stream::connect),
        "connect(address)\n\nConnect the socket to a remote address.  For IP sockets, the address\nis a pair (host, port).",
    ),
    method(
        "connect_ex",
        "($self, object, /)",
        NativeFn::One(stream::connect_ex),
        "connect_ex(address) -> errno\n\nThis is like connect(address), but returns an error code (the errno value)\ninstead of raising an exception when an error occurs.",
    ),
    method(
        "detach",
        "($self, /)",
        NativeFn::NoArgs(stream::detach),
        "detach()\n\nClose the socket object without closing the underlying file descriptor.\nThe object cannot be used after this call, but the file descriptor\ncan be reused for other purposes.  The file descriptor is returned.",
    ),
    method(
        "fileno",
        "($self, /)",
        NativeFn::NoArgs(stream::fileno),
        "fileno() -> integer\n\nReturn the integer file descriptor of the socket.",
    ),
    method(
        "getblocking",
        "($self, /)",
        NativeFn::NoArgs(stream::getblocking),
        "getblocking()\n\nReturns True if socket is in blocking mode, or False if it\nis in non-blocking mode.",
    ),
    method(
        "getpeername",
        "($self, /)",
        NativeFn::NoArgs(stream::getpeername),
        "getpeername() -> address info\n\nReturn the address of the remote endpoint.  For IP sockets, the address\ninfo is a pair (hostaddr, port).",
    ),
    method(
        "getsockname",
        "($self, /)",
        NativeFn::NoArgs(stream::getsockname),
        "getsockname() -> address info\n\nReturn the address of the local endpoint. The format depends on the\naddress family. For IPv4 sockets, the address info is a pair\n(hostaddr, port). For IPv6 sockets, the address info is a 4-tuple\n(hostaddr, port, flowinfo, scope_id).",
    ),
    method(
        "getsockopt",
        "!($self, level, option, buflen=0, /)",
        NativeFn::Bound(stream::getsockopt),
        "getsockopt(level, option[, buffersize]) -> value\n\nGet a socket option.  See the Unix manual for level and option.\nIf a nonzero buffersize argument is given, the return value is a\nstring of that length; otherwise it is an integer.",
    ),
    method(
        "gettimeout",
        "($self, /)",
        NativeFn::NoArgs(stream::gettimeout),
        "gettimeout() -> timeout\n\nReturns the timeout in seconds (float) associated with socket\noperations. A timeout of None indicates that timeouts on socket\noperations are disabled.",
    ),
    method(
        "listen",
        "!($self, backlog=128, /)",
        NativeFn::Bound(stream::listen),
        "listen([backlog])\n\nEnable a server to accept connections.  If backlog is specified, it must be\nat least 0 (if it is lower, it is set to 0); it specifies the number of\nunaccepted connections that the system will allow before refusing new\nconnections. If not specified, a default reasonable value is chosen.",
    ),
    method(
        "recv",
        "!($self, bufsize, flags=0, /)",
        NativeFn::Bound(transfer::recv),
        "recv(buffersize[, flags]) -> data\n\nReceive up to buffersize bytes from the socket.  For the optional flags\nargument, see the Unix manual.  When no data is available, block until\nat least one byte is available or until the remote end is closed.  When\nthe remote end is closed and all data is read, return the empty string.",
    ),
    method(
        "recv_into",
        "!($self, buffer, nbytes=0, flags=0)",
        NativeFn::Bound(transfer::recv_into),
        "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read\n\nA version of recv() that stores its data into a buffer rather than creating\na new string.  Receive up to buffersize bytes from the socket.  If buffersize\nis not specified (or 0), receive up to the size available in the given buffer.\n\nSee recv() for documentation about the flags.",
    ),
    method(
        "recvfrom",
        "!($self, bufsize, flags=0, /)",
        NativeFn::Bound(transfer::recvfrom),
        "recvfrom(buffersize[, flags]) -> (data, address info)\n\nLike recv(buffersize, flags) but also return the sender's address info.",
    ),
    method(
        "recvfrom_into",
        "!($self, buffer, nbytes=0, flags=0)",
        NativeFn::Bound(transfer::recvfrom_into),
        "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)\n\nLike recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info.",
    ),
    method(
        "send",
        "!($self, data, flags=0, /)",
        NativeFn::Bound(transfer::send),
        "send(data[, flags]) -> count\n\nSend a data string to the socket.  For the optional flags\nargument, see the Unix manual.  Return the number of bytes\nsent; this may be less than len(data) if the network is busy.",
    ),
    method(
        "sendall",
        "!($self, data, flags=0, /)",
        NativeFn::Bound(transfer::sendall),
        "sendall(data[, flags])\n\nSend a data string to the socket.  For the optional flags\nargument, see the Unix manual.  This calls send() repeatedly\nuntil all data is sent.  If an error occurs, it's impossible\nto tell how much data has been sent.",
    ),
    method(
        "sendto",
        "!($self, *args)",
        NativeFn::Raw(transfer::sendto),
        "sendto(data[, flags], address) -> count\n\nLike send(data, flags) but allows specifying the destination address.\nFor IP sockets, the address is a pair (hostaddr, port).",
    ),
    method(
        "setblocking",
        "($self, object, /)",
        NativeFn::One(stream::setblocking),
        "setblocking(flag)\n\nSet the socket to blocking (flag is true) or non-blocking (false).\nsetblocking(True) is equivalent to settimeout(None);\nsetblocking(False) is equivalent to settimeout(0.0).",
    ),
    method(
        "setsockopt",
        "!($self, level, option, value, optlen=0, /)",
        NativeFn::Bound(stream::setsockopt),
        "setsockopt(level, option, value: int)\nsetsockopt(level, option, value: buffer)\nsetsockopt(level, option, None, optlen: int)\n\nSet a socket option.  See the Unix manual for level and option.\nThe value argument can either be an integer, a string buffer, or\nNone, optlen.",
    ),
    method(
        "settimeout",
        "($self, object, /)",
        NativeFn::One(stream::settimeout),
        "settimeout(timeout)\n\nSet a timeout on socket operations.  'timeout' can be a float,\ngiving in seconds, or None.  Setting a timeout of None disables\nthe timeout feature and is equivalent to setblocking(1).\nSetting a timeout of zero is the same as setblocking(0).",
    ),
    method(
        "shutdown",
        "($self, object, /)",
        NativeFn::One(stream::shutdown),
        "shutdown(flag)\n\nShut down the reading side of the socket (flag == SHUT_RD), the writing side\nof the socket (flag == SHUT_WR), or both ends (flag == SHUT_RDWR).",
    ),
];

pub const FUNCTIONS: &[MethodDef] = &[
    method(
        "close",
        "($module, object, /)",
        NativeFn::One(names::close),
        "close(integer) -> None\n\nClose an integer socket file descriptor.  This is like os.close(), but for\nsockets; on some platforms os.close() won't work for socket file descriptors.",
    ),
    method(
        "dup",
        "($module, object, /)",
        NativeFn::One(names::dup),
        "dup(integer) -> integer\n\nDuplicate an integer socket file descriptor.  This is like os.dup(), but for\nsockets; on some platforms os.dup() won't work for socket file descriptors.",
    ),
    method(
        "getaddrinfo",
        "!($module, host, port, family=0, type=0, proto=0, flags=0)",
        NativeFn::Bound(names::getaddrinfo),
        "getaddrinfo(host, port [, family, type, proto, flags])\n    -> list of (family, type, proto, canonname, sockaddr)\n\nResolve host and port into addrinfo struct.",
    ),
    method(
        "getdefaulttimeout",
        "($module, /)",
        NativeFn::NoArgs(stream::getdefaulttimeout),
        "getdefaulttimeout() -> timeout\n\nReturns the default timeout in seconds (float) for new socket objects.\nA value of None indicates that new socket objects have no timeout.\nWhen the socket module is first imported, the default is None.",
    ),
    method(
        "gethostbyaddr",
        "!($module, host, /)",
        NativeFn::One(hosts::gethostbyaddr),
        "gethostbyaddr(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.  The host argument is a string giving a host name or IP number.",
    ),
    method(
        "gethostbyname",
        "!($module, host, /)",
        NativeFn::One(names::gethostbyname),
        "gethostbyname(host) -> address\n\nReturn the IP address (a string of the form '255.255.255.255') for a host.",
    ),
    method(
        "gethostbyname_ex",
        "!($module, host, /)",
        NativeFn::One(hosts::gethostbyname_ex),
        "gethostbyname_ex(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.  The host argument is a string giving a host name or IP number.",
    ),
    method(
        "gethostname",
        "($module, /)",
        NativeFn::NoArgs(names::gethostname),
        "gethostname() -> string\n\nReturn the current host name.",
    ),
    method(
        "getnameinfo",
        "!($module, sockaddr, flags, /)",
        NativeFn::Bound(names::getnameinfo),
        "getnameinfo(sockaddr, flags) --> (host, port)\n\nGet host and port for a sockaddr.",
    ),
    method(
        "getprotobyname",
        "!($module, name, /)",
        NativeFn::One(names::getprotobyname),
        "getprotobyname(name) -> integer\n\nReturn the protocol number for the named protocol.  (Rarely used.)",
    ),
    method(
        "getservbyname",
        "!($module, name, protocol=None, /)",
        NativeFn::Bound(names::getservbyname),
        "getservbyname(servicename[, protocolname]) -> integer\n\nReturn a port number from a service name and protocol name.\nThe optional protocol name, if given, should be 'tcp' or 'udp',\notherwise any protocol will match.",
    ),
    method(
        "getservbyport",
        "!($module, port, protocol=None, /)",
        NativeFn::Bound(names::getservbyport),
        "getservbyport(port[, protocolname]) -> string\n\nReturn the service name from a port number and protocol name.\nThe optional protocol name, if given, should be 'tcp' or 'udp',\notherwise any protocol will match.",
    ),
    method(
        "htonl",
        "($module, integer, /)",
        NativeFn::One(names::htonl),
        "Convert a 32-bit unsigned integer from host to network byte order.",
    ),
    method(
        "htons",
        "($module, integer, /)",
        NativeFn::One(names::htons),
        "Convert a 16-bit unsigned integer from host to network byte order.",
    ),
    method(
        "if_indextoname",
        "($module, if_index, /)",
        NativeFn::One(names::if_indextoname),
        "Returns the interface name corresponding to the interface index if_index.",
    ),
    method(
        "if_nameindex",
        "($module, /)",
        NativeFn::NoArgs(names::if_nameindex),
        "if_nameindex()\n\nReturns a list of network interface information (index, name) tuples.",
    ),
    method(
        "if_nametoindex",
        "($module, oname, /)",
        NativeFn::One(names::if_nametoindex),
        "Returns the interface index corresponding to the interface name if_name.",
    ),
    method(
        "inet_aton",
        "($module, ip_addr, /)",
        NativeFn::One(names::inet_aton),
        "Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in low-level network functions.",
    ),
    method(
        "inet_ntoa",
        "($module, packed_ip, /)",
        NativeFn::One(names::inet_ntoa),
        "Convert an IP address from 32-bit packed binary format to string format.",
    ),
    method(
        "inet_ntop",
        "!($module, family, packed, /)",
        NativeFn::Bound(names::inet_ntop),
        "inet_ntop(af, packed_ip) -> string formatted IP address\n\nConvert a packed IP address of the given family to string format.",
    ),
    method(
        "inet_pton",
        "!($module, family, text, /)",
        NativeFn::Bound(names::inet_pton),
        "inet_pton(af, ip) -> packed IP address string\n\nConvert an IP address from string format to a packed string suitable\nfor use with low-level network functions.",
    ),
    method(
        "ntohl",
        "($module, integer, /)",
        NativeFn::One(names::htonl),
        "Convert a 32-bit unsigned integer from network to host byte order.",
    ),
    method(
        "ntohs",
        "($module, integer, /)",
        NativeFn::One(names::htons),
        "Convert a 16-bit unsigned integer from network to host byte order.",
    ),
    method(
        "setdefaulttimeout",
        "($module, object, /)",
        NativeFn::One(stream::setdefaulttimeout),
        "setdefaulttimeout(timeout)\n\nSet the default timeout in seconds (float) for new socket objects.\nA value of None indicates that new socket objects have no timeout.\nWhen the socket module is first imported, the default is None.",
    ),
    method(
        "sethostname",
        "!($module, name, /)",
        NativeFn::One(names::sethostname),
        "sethostname(name)\n\nSets the hostname to name.",
    ),
    method(
        "socketpair",
        "!($module, family=AF_UNIX, type=SOCK_STREAM, proto=0, /)",
        NativeFn::Bound(names::socketpair),
        "socketpair([family[, type [, proto]]]) -> (socket object, socket object)\n\nCreate a pair of socket objects from the sockets returned by the platform\nsocketpair() function.\nThe arguments are the same as for socket() except the default family is\nAF_UNIX if defined on the platform; otherwise, the default is AF_INET.",
    ),
];

pub const CONSTANTS: &[(&str, i64)] = libc_constants! {
    AF_APPLETALK AF_ASH AF_ATMPVC AF_ATMSVC AF_AX25 AF_BRIDGE AF_DECnet AF_ECONET AF_INET AF_INET6 AF_IPX
    AF_IRDA AF_KEY AF_LLC AF_NETBEUI AF_NETROM AF_PPPOX AF_RDS AF_ROSE AF_ROUTE AF_SECURITY AF_SNA AF_UNIX
    AF_UNSPEC AF_WANPIPE AF_X25 AI_ADDRCONFIG AI_ALL AI_CANONNAME AI_NUMERICHOST AI_NUMERICSERV AI_PASSIVE
    AI_V4MAPPED EAI_AGAIN EAI_BADFLAGS EAI_FAIL EAI_FAMILY EAI_MEMORY EAI_NODATA EAI_NONAME EAI_OVERFLOW
    EAI_SERVICE EAI_SOCKTYPE EAI_SYSTEM INADDR_ANY INADDR_BROADCAST INADDR_LOOPBACK INADDR_NONE IPPROTO_AH
    IPPROTO_DSTOPTS IPPROTO_EGP IPPROTO_ESP IPPROTO_FRAGMENT IPPROTO_GRE IPPROTO_HOPOPTS IPPROTO_ICMP
    IPPROTO_ICMPV6 IPPROTO_IDP IPPROTO_IGMP IPPROTO_IP IPPROTO_IPIP IPPROTO_IPV6 IPPROTO_MPTCP IPPROTO_NONE
    IPPROTO_PIM IPPROTO_PUP IPPROTO_RAW IPPROTO_ROUTING IPPROTO_RSVP IPPROTO_SCTP IPPROTO_TCP IPPROTO_TP
    IPPROTO_UDP IPPROTO_UDPLITE IPV6_CHECKSUM IPV6_DONTFRAG IPV6_DSTOPTS IPV6_HOPLIMIT IPV6_HOPOPTS
    IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP IPV6_NEXTHOP IPV6_PATHMTU IPV6_PKTINFO
    IPV6_RECVDSTOPTS IPV6_RECVERR IPV6_RECVHOPLIMIT IPV6_RECVHOPOPTS IPV6_RECVPATHMTU IPV6_RECVPKTINFO
    IPV6_RECVRTHDR IPV6_RECVTCLASS IPV6_RTHDR IPV6_RTHDRDSTOPTS IPV6_TCLASS IPV6_UNICAST_HOPS IPV6_V6ONLY
    IP_ADD_MEMBERSHIP IP_ADD_SOURCE_MEMBERSHIP IP_BIND_ADDRESS_NO_PORT IP_BLOCK_SOURCE
    IP_DEFAULT_MULTICAST_LOOP IP_DEFAULT_MULTICAST_TTL IP_DROP_MEMBERSHIP IP_DROP_SOURCE_MEMBERSHIP
    IP_FREEBIND IP_HDRINCL IP_MULTICAST_IF IP_MULTICAST_LOOP IP_MULTICAST_TTL IP_OPTIONS IP_PKTINFO
    IP_RECVERR IP_RECVOPTS IP_RECVORIGDSTADDR IP_RECVTOS IP_RECVTTL IP_RETOPTS IP_TOS IP_TRANSPARENT IP_TTL
    IP_UNBLOCK_SOURCE MSG_CMSG_CLOEXEC MSG_CONFIRM MSG_CTRUNC MSG_DONTROUTE MSG_DONTWAIT MSG_EOR
    MSG_ERRQUEUE MSG_FASTOPEN MSG_MORE MSG_NOSIGNAL MSG_OOB MSG_PEEK MSG_TRUNC MSG_WAITALL NI_DGRAM NI_IDN
    NI_MAXHOST NI_NAMEREQD NI_NOFQDN NI_NUMERICHOST NI_NUMERICSERV SCM_CREDENTIALS SCM_RIGHTS SOL_BLUETOOTH
    SOL_IP SOL_RDS SOL_TCP SOL_UDP SOMAXCONN SO_ORIGINAL_DST TCP_CC_INFO TCP_CONGESTION TCP_CORK
    TCP_DEFER_ACCEPT TCP_FASTOPEN TCP_FASTOPEN_CONNECT TCP_FASTOPEN_KEY TCP_FASTOPEN_NO_COOKIE TCP_INFO
    TCP_INQ TCP_KEEPCNT TCP_KEEPIDLE TCP_KEEPINTVL TCP_LINGER2 TCP_MAXSEG TCP_MD5SIG TCP_MD5SIG_EXT
    TCP_NODELAY TCP_NOTSENT_LOWAT TCP_QUEUE_SEQ TCP_QUICKACK TCP_REPAIR TCP_REPAIR_OPTIONS TCP_REPAIR_QUEUE
    TCP_REPAIR_WINDOW TCP_SAVED_SYN TCP_SAVE_SYN TCP_SYNCNT TCP_THIN_DUPACK TCP_THIN_LINEAR_TIMEOUTS
    TCP_TIMESTAMP TCP_ULP TCP_USER_TIMEOUT TCP_WINDOW_CLAMP TCP_ZEROCOPY_RECEIVE
};

/// Those for which libc has no name.
pub const MORE_CONSTANTS: &[(&str, i64)] = &[
    ("EAI_ADDRFAMILY", -9),
    ("INADDR_ALLHOSTS_GROUP", 3758096385),
    ("INADDR_MAX_LOCAL_GROUP", 3758096639),
    ("INADDR_UNSPEC_GROUP", 3758096384),
    ("IPPORT_RESERVED", 1024),
    ("IPPORT_USERRESERVED", 5000),
    ("IPV6_JOIN_GROUP", 20),
    ("IPV6_LEAVE_GROUP", 21),
    ("IPV6_RTHDR_TYPE_0", 0),
    ("IP_MAX_MEMBERSHIPS", 20),
    ("IP_RECVRETOPTS", 7),
    ("NI_MAXSERV", 32),
    ("SHUT_RD", 0),
    ("SHUT_RDWR", 2),
    ("SHUT_WR", 1),
    ("SOCK_CLOEXEC", 524288),
    ("SOCK_DGRAM", 2),
    ("SOCK_NONBLOCK", 2048),
    ("SOCK_RAW", 3),
    ("SOCK_RDM", 4),
    ("SOCK_SEQPACKET", 5),
    ("SOCK_STREAM", 1),
    ("SOL_SOCKET", 1),
    ("SO_ACCEPTCONN", 30),
    ("SO_BINDTODEVICE", 25),
    ("SO_BINDTOIFINDEX", 62),
    ("SO_BROADCAST", 6),
    ("SO_DEBUG", 1),
    ("SO_DOMAIN", 39),
    ("SO_DONTROUTE", 5),
    ("SO_ERROR", 4),
    ("SO_INCOMING_CPU", 49),
    ("SO_KEEPALIVE", 9),
    ("SO_LINGER", 13),
    ("SO_MARK", 36),
    ("SO_OOBINLINE", 10),
    ("SO_PASSCRED", 16),
    ("SO_PASSSEC", 34),
    ("SO_PEERCRED", 17),
    ("SO_PEERSEC", 31),
    ("SO_PRIORITY", 12),
    ("SO_PROTOCOL", 38),
    ("SO_RCVBUF", 8),
    ("SO_RCVLOWAT", 18),
    ("SO_RCVTIMEO", 20),
    ("SO_REUSEADDR", 2),
    ("SO_REUSEPORT", 15),
    ("SO_SNDBUF", 7),
    ("SO_SNDLOWAT", 19),
    ("SO_SNDTIMEO", 21),
    ("SO_TYPE", 3),
    ("TCP_TX_DELAY", 37),
    ("UDPLITE_RECV_CSCOV", 11),
    ("UDPLITE_SEND_CSCOV", 10),
];
