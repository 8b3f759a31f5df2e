#include "ts_certificate.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

ts_chain *ts_chain_read(const uint8_t *pem, size_t length) {
    BIO *text = BIO_new_mem_buf(pem, (int)length);
    STACK_OF(X509) *chain = sk_X509_new_null();
    bool good = text != NULL && chain != NULL;
    while (good) {
        X509 *certificate = PEM_read_bio_X509_AUX(text, NULL, NULL, NULL);
        if (certificate == NULL) {
            // The end of the text, and a text without any PEM, both read as "no start line".
            good = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
            break;
        }
        good = sk_X509_push(chain, certificate) > 0;
        if (!good) X509_free(certificate);
    }
    BIO_free(text);
    if (good) {
        ERR_clear_error();
        return chain;
    }
    ts_chain_free(chain);
    return NULL;
}

void ts_chain_free(ts_chain *chain) { sk_X509_pop_free(chain, X509_free); }

int ts_chain_count(const ts_chain *chain) { return sk_X509_num(chain); }

static X509 *own(const ts_chain *chain) { return sk_X509_value(chain, 0); }

typedef struct {
    const uint8_t *bytes;
    size_t length;
    bool was_asked;
} password_text;

static int give_password(char *space, int size, int is_writing, void *argument) {
    (void)is_writing;
    password_text *password = argument;
    password->was_asked = true;
    if (password->bytes == NULL || password->length > (size_t)size) return -1;
    memcpy(space, password->bytes, password->length);
    return (int)password->length;
}

int ts_key_read(
    const uint8_t *pem, size_t length, const uint8_t *password, size_t password_length,
    ts_key **key) {
    password_text asked = {.bytes = password, .length = password_length};
    BIO *text = BIO_new_mem_buf(pem, (int)length);
    *key = text != NULL ? PEM_read_bio_PrivateKey(text, NULL, give_password, &asked) : NULL;
    BIO_free(text);
    if (*key != NULL) return TS_KEY_GOOD;
    if (asked.was_asked) return TS_KEY_LOCKED;
    unsigned long code = ERR_peek_last_error();
    // OpenSSL's decoders call a text without any key "unsupported".
    bool none = ERR_GET_REASON(code) == PEM_R_NO_START_LINE
        || ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
    return none ? TS_KEY_NONE : TS_KEY_BROKEN;
}

void ts_key_free(ts_key *key) { EVP_PKEY_free(key); }

int ts_key_kind(const ts_key *key) {
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS: return TS_KEY_RSA;
    case EVP_PKEY_EC: return TS_KEY_ECDSA;
    case EVP_PKEY_ED25519: return TS_KEY_ED25519;
    case EVP_PKEY_ED448: return TS_KEY_ED448;
    default: return TS_KEY_OTHER;
    }
}

int ts_key_bits(const ts_key *key) { return EVP_PKEY_get_bits(key); }

bool ts_key_fingerprint(const ts_key *key, uint8_t *digest) {
    unsigned char *encoded = NULL;
    int length = i2d_PUBKEY((EVP_PKEY *)key, &encoded);
    if (length <= 0) return false;
    bool good = EVP_Digest(encoded, (size_t)length, digest, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_free(encoded);
    return good;
}

const ts_key *ts_chain_key(const ts_chain *chain) { return X509_get0_pubkey(own(chain)); }

static bool unix_seconds(const ASN1_TIME *time, int64_t *seconds) {
    ASN1_TIME *start = ASN1_TIME_set(NULL, 0);
    int days = 0, rest = 0;
    bool good = start != NULL && ASN1_TIME_diff(&days, &rest, start, time) == 1;
    ASN1_TIME_free(start);
    if (good) *seconds = (int64_t)days * 86400 + rest;
    return good;
}

bool ts_chain_validity(const ts_chain *chain, int64_t *not_before, int64_t *not_after) {
    return unix_seconds(X509_get0_notBefore(own(chain)), not_before)
        && unix_seconds(X509_get0_notAfter(own(chain)), not_after);
}

bool ts_chain_fingerprint(const ts_chain *chain, uint8_t *digest) {
    return X509_digest(own(chain), EVP_sha256(), digest, NULL) == 1;
}

bool ts_chain_is_self_signed(const ts_chain *chain) {
    return X509_self_signed(own(chain), 0) == 1;
}

static void give_name(const X509_NAME *name, ts_text_receiver receive, void *argument) {
    BIO *text = BIO_new(BIO_s_mem());
    if (text == NULL) return;
    char *bytes = NULL;
    X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    long length = BIO_get_mem_data(text, &bytes);
    if (length > 0) receive((const uint8_t *)bytes, (size_t)length, argument);
    BIO_free(text);
}

void ts_chain_subject(const ts_chain *chain, ts_text_receiver receive, void *argument) {
    give_name(X509_get_subject_name(own(chain)), receive, argument);
}

void ts_chain_issuer(const ts_chain *chain, ts_text_receiver receive, void *argument) {
    give_name(X509_get_issuer_name(own(chain)), receive, argument);
}

static void give_common_name(X509 *certificate, ts_text_receiver receive, void *argument) {
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0) return;
    unsigned char *text = NULL;
    int length =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (length <= 0) return;
    receive(text, (size_t)length, argument);
    OPENSSL_free(text);
}

void ts_chain_names(
    const ts_chain *chain, ts_text_receiver receive, ts_text_receiver receive_address,
    void *argument) {
    GENERAL_NAMES *names = X509_get_ext_d2i(own(chain), NID_subject_alt_name, NULL, NULL);
    int given = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) {
            receive(
                ASN1_STRING_get0_data(name->d.dNSName),
                (size_t)ASN1_STRING_length(name->d.dNSName), argument);
            given++;
        } else if (name->type == GEN_IPADD) {
            receive_address(
                ASN1_STRING_get0_data(name->d.iPAddress),
                (size_t)ASN1_STRING_length(name->d.iPAddress), argument);
            given++;
        }
    }
    GENERAL_NAMES_free(names);
    if (given == 0) give_common_name(own(chain), receive, argument);
}

bool ts_tls_context_add(ts_tls_context *context, const ts_chain *chain, const ts_key *key) {
    STACK_OF(X509) *others = sk_X509_dup(chain);
    if (others == NULL) return false;
    X509 *first = sk_X509_shift(others);
    bool good = SSL_CTX_use_cert_and_key(context, first, (EVP_PKEY *)key, others, 1) == 1;
    sk_X509_free(others);
    return good;
}

ts_chain *ts_tls_peer_chain(const ts_tls *tls) {
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(tls);
    return chain != NULL ? X509_chain_up_ref(chain) : NULL;
}
