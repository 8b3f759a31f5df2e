// What a well-behaved client of the product cannot do, and keys that the product does not make.
#ifndef TURNSTONE_CRYPTO_PEER_H
#define TURNSTONE_CRYPTO_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_st;
typedef void (*peer_receiver)(const uint8_t *text, size_t length, void *argument);

// Versions as on the wire: 0x0301 is TLS 1.0. Any cipher of the list, however weak.
bool peer_limit(struct ssl_st *tls, int lowest, int highest, const char *ciphers);
// The next step of the session begins a new handshake inside the old one.
bool peer_renegotiate(struct ssl_st *tls);
// Offers signatures by `kind` only: "RSA" or "ECDSA".
bool peer_accept(struct ssl_st *tls, const char *kind);

// A key of the kind ("RSA" or "ED25519") and a certificate for `name`, as PEM.
bool peer_certificate(
    const char *kind, unsigned bits, const char *name, peer_receiver receive, void *argument);
// An authority; a certificate that it made out to `name` from `first_day` to `last_day`, counted
// from now; the latter's key. All as PEM.
bool peer_signed_certificate(
    const char *name, int first_day, int last_day, peer_receiver receive, void *argument);
// The same key under a password.
bool peer_lock(
    const uint8_t *pem, size_t length, const char *password, peer_receiver receive,
    void *argument);
// A key that can only agree on secrets.
bool peer_exchange_key(peer_receiver receive, void *argument);

#endif
