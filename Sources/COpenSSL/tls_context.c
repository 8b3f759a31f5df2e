#include "tls_internal.h"

#include <openssl/err.h>

// Ephemeral keys and authenticated ciphers only (RFC 9325 §4.2). TLS 1.3 has no others.
static const char modern_ciphers[] =
    "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL:!PSK:!SRP";

// Debian's own level: 112 bits, so RSA and DH keys of 2048 bits and no SHA-1 signatures.
static const int security_level = 2;

// Servers ask for no certificates. So much memory a DTLS client may claim for each of the messages
// that it says come next; what it really sends is shorter.
static const long client_message_size = 4096;

// Without finite fields: their largest ones let a stranger spend our time (CVE-2002-20001).
static const char groups[] = "X25519:P-256:P-384:P-521";

static bool set_versions(SSL_CTX *context, bool is_datagram, bool refuses_tls12) {
    if (is_datagram) {
        return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION)
            && SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION);
    }
    return SSL_CTX_set_min_proto_version(context, refuses_tls12 ? TLS1_3_VERSION : TLS1_2_VERSION)
        && SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
}

ts_tls_context *ts_tls_context_new(bool is_server, bool is_datagram, bool refuses_tls12) {
    const SSL_METHOD *method = is_server
        ? (is_datagram ? DTLS_server_method() : TLS_server_method())
        : (is_datagram ? DTLS_client_method() : TLS_client_method());
    SSL_CTX *context = SSL_CTX_new(method);
    if (context == NULL) return NULL;
    SSL_CTX_set_security_level(context, security_level);
    SSL_CTX_set_options(
        context,
        SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE
            | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, is_datagram);
    SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    if (is_server) SSL_CTX_set_max_cert_list(context, client_message_size);
    if (is_server && is_datagram) ts_dtls_use_cookies(context);
    if (is_server) ts_tls_use_tickets(context);
    else SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (set_versions(context, is_datagram, refuses_tls12)
        && SSL_CTX_set_cipher_list(context, modern_ciphers)
        && SSL_CTX_set1_groups_list(context, groups))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

void ts_tls_context_free(ts_tls_context *context) { SSL_CTX_free(context); }

bool ts_tls_context_set_ciphers(ts_tls_context *context, const char *list) {
    bool good = SSL_CTX_set_cipher_list(context, list) == 1;
    // A list may hold `@SECLEVEL=0`: it may raise the level, not lower it.
    if (SSL_CTX_get_security_level(context) < security_level)
        SSL_CTX_set_security_level(context, security_level);
    return good;
}

// In the order of our choice; RFC 7443 §6 names the first. Never h2, which nobody here speaks.
static const uint8_t protocols[] = "\x09stun.turn\x08http/1.1";

// RFC 7301 §3.2 would have an alert sent to a client that knows none of our protocols. It gets none
// instead: browsers and old TURN clients offer what they like, and the first bytes tell.
static int choose_protocol(
    SSL *tls, const unsigned char **chosen, unsigned char *chosen_length,
    const unsigned char *offered, unsigned offered_length, void *argument) {
    (void)tls, (void)argument;
    unsigned char *found = NULL;
    int result = SSL_select_next_proto(
        &found, chosen_length, protocols, sizeof protocols - 1, offered, offered_length);
    if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

void ts_tls_context_choose_protocols(ts_tls_context *context) {
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
}

bool ts_tls_context_offer_protocols(
    ts_tls_context *context, const uint8_t *list, size_t length) {
    return SSL_CTX_set_alpn_protos(context, list, (unsigned)length) == 0;
}

// RFC 6066 §3. An unknown name is served with the first certificate: clients that connect by
// address, or by a name that only their own resolver knows, decide for themselves.
static int choose_names(SSL *tls, int *alert, void *argument) {
    (void)alert;
    ts_tls_names *names = argument;
    const char *name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
    if (name == NULL) return SSL_TLSEXT_ERR_NOACK;
    SSL_CTX *chosen = names->choose(name, names->argument);
    if (chosen == NULL) return SSL_TLSEXT_ERR_OK;
    return SSL_set_SSL_CTX(tls, chosen) != NULL ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void ts_tls_context_set_names(ts_tls_context *context, ts_tls_names *names) {
    SSL_CTX_set_tlsext_servername_callback(context, choose_names);
    SSL_CTX_set_tlsext_servername_arg(context, names);
}

const char *ts_tls_take_error(void) {
    unsigned long code = ERR_peek_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return reason;
}
