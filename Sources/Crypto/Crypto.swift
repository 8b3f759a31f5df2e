// Crypto: the only target that sees OpenSSL. It lends the cores its hash functions (STUN's
// `MessageHash`) and knows no protocol.
