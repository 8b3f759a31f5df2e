// Crypto: the only room that sees OpenSSL.
