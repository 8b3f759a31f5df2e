// RFC 5077 and RFC 8446 §4.6.1: a session's state travels to the client and back, sealed with a key
// that all contexts of the process share. So a server keeps nothing for clients that may come back,
// and new certificates do not make old tickets void.
#include "tls_internal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

// How long a ticket is good for, and after how long a new key takes over. The key before it still
// opens tickets, so each of them lives its whole life.
static const long ticket_seconds = 12 * 3600;

enum { name_length = 16, seal_length = 32, mac_length = 32, key_count = 2 };

typedef struct {
    uint8_t name[name_length];
    uint8_t seal[seal_length];
    uint8_t mac[mac_length];
    long made;
} ticket_key;

// Newest first.
static ticket_key keys[key_count];
static CRYPTO_RWLOCK *keys_lock;
static CRYPTO_ONCE keys_once = CRYPTO_ONCE_STATIC_INIT;
static bool keys_ready;

static bool draw(ticket_key *key, long now) {
    key->made = now;
    return RAND_bytes(key->name, name_length) == 1
        && RAND_priv_bytes(key->seal, seal_length) == 1
        && RAND_priv_bytes(key->mac, mac_length) == 1;
}

static void make_keys(void) {
    keys_lock = CRYPTO_THREAD_lock_new();
    // The first session says what time it is.
    keys_ready = keys_lock != NULL && draw(&keys[0], 0) && draw(&keys[1], 0);
}

// The key for new tickets at `now`; under the write lock.
static bool rotate(long now) {
    if (keys[0].made == 0) keys[0].made = now;
    if (now - keys[0].made < ticket_seconds) return true;
    ticket_key fresh;
    if (!draw(&fresh, now)) return false;
    keys[1] = keys[0];
    keys[0] = fresh;
    OPENSSL_cleanse(&fresh, sizeof fresh);
    return true;
}

static int copy_newest(SSL *tls, uint8_t *name, ticket_key *key) {
    // OpenSSL has just stamped the session that goes into the ticket with its clock.
    SSL_SESSION *session = SSL_get_session(tls);
    long now = session != NULL ? SSL_SESSION_get_time(session) : 0;
    if (!CRYPTO_THREAD_write_lock(keys_lock)) return 0;
    bool good = rotate(now);
    *key = keys[0];
    CRYPTO_THREAD_unlock(keys_lock);
    memcpy(name, key->name, name_length);
    return good ? 1 : 0;
}

// 0: not ours, or too old. 1: fine. 2: fine, and the client should get a newer one.
static int copy_named(const uint8_t *name, ticket_key *key) {
    int found = 0;
    if (!CRYPTO_THREAD_read_lock(keys_lock)) return 0;
    for (int i = 0; i < key_count && found == 0; i++) {
        if (CRYPTO_memcmp(keys[i].name, name, name_length) != 0) continue;
        *key = keys[i];
        found = i == 0 ? 1 : 2;
    }
    CRYPTO_THREAD_unlock(keys_lock);
    return found;
}

static bool set_up(
    const ticket_key *key, uint8_t *vector, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
    int is_sealing) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->mac, mac_length),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->seal, vector, is_sealing) == 1
        && EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

static int seal_or_open(
    SSL *tls, unsigned char *name, unsigned char *vector, EVP_CIPHER_CTX *cipher,
    EVP_MAC_CTX *mac, int is_sealing) {
    ticket_key key;
    int result = is_sealing ? copy_newest(tls, name, &key) : copy_named(name, &key);
    if (result > 0 && is_sealing && RAND_bytes(vector, EVP_MAX_IV_LENGTH) != 1) result = 0;
    if (result > 0 && !set_up(&key, vector, cipher, mac, is_sealing)) result = -1;
    OPENSSL_cleanse(&key, sizeof key);
    return result;
}

void ts_tls_use_tickets(SSL_CTX *context) {
    static const uint8_t house[] = "turnstone";
    SSL_CTX_set_session_id_context(context, house, sizeof house - 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context, ticket_seconds);
    // One is enough: a client that comes back gets the next one then.
    SSL_CTX_set_num_tickets(context, 1);
    if (CRYPTO_THREAD_run_once(&keys_once, make_keys) && keys_ready)
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, seal_or_open);
    else
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}
