// Crypto: the only target that sees OpenSSL. It lends the cores its hash functions (STUN's
// `MessageHash`), and speaks TLS and DTLS without sockets: bytes go in, bytes come out.
