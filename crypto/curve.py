"""The numbers of the recommended SM2 curve, and the one question asked of a point.

Standard   GB/T 32918.5-2017 (= GM/T 0003.5-2012): curve sm2p256v1, OID 1.2.156.10197.1.301,
           y**2 = x**3 + A*x + B over the field of P elements; N points, cofactor 1.
Unit       coordinates and scalars are FIELD_SIZE = 32 bytes, big-endian.

Only public values pass through this module; arithmetic on secrets stays in libcrypto.
"""

FIELD_SIZE = 32
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0


def holds(x: int, y: int) -> bool:
    """Return whether (x, y) is a point of the curve with both coordinates below P."""
    return x < P and y < P and (y * y - (x * x + A) * x - B) % P == 0
