#include "crypto_peer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

bool peer_limit(struct ssl_st *tls, int lowest, int highest, const char *ciphers) {
    SSL_set_security_level(tls, 0);
    return SSL_set_min_proto_version(tls, lowest) && SSL_set_max_proto_version(tls, highest)
        && SSL_set_cipher_list(tls, ciphers);
}

bool peer_renegotiate(struct ssl_st *tls) {
    SSL_clear_options(tls, SSL_OP_NO_RENEGOTIATION);
    return SSL_renegotiate(tls) == 1;
}

bool peer_accept(struct ssl_st *tls, const char *kind) {
    const char *algorithms = strcmp(kind, "RSA") == 0
        ? "rsa_pss_rsae_sha256:RSA+SHA256"
        : "ECDSA+SHA256";
    return SSL_set1_sigalgs_list(tls, algorithms) == 1;
}

static void give(BIO *text, peer_receiver receive, void *argument) {
    char *bytes = NULL;
    long length = BIO_get_mem_data(text, &bytes);
    receive((const uint8_t *)bytes, (size_t)length, argument);
    BIO_free(text);
}

static void give_key(
    EVP_PKEY *key, const char *password, peer_receiver receive, void *argument) {
    BIO *text = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = password != NULL ? EVP_aes_256_cbc() : NULL;
    int length = password != NULL ? (int)strlen(password) : 0;
    PEM_write_bio_PKCS8PrivateKey(text, key, cipher, password, length, NULL, NULL);
    give(text, receive, argument);
}

static X509 *certify(EVP_PKEY *key, const char *name, bool is_plain) {
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, key, is_plain ? NULL : EVP_sha256());
    return certificate;
}

static void give_certificate(X509 *certificate, peer_receiver receive, void *argument) {
    BIO *text = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(text, certificate);
    give(text, receive, argument);
}

bool peer_certificate(
    const char *kind, unsigned bits, const char *name, peer_receiver receive, void *argument) {
    bool is_rsa = strcmp(kind, "RSA") == 0;
    EVP_PKEY *key = is_rsa
        ? EVP_PKEY_Q_keygen(NULL, NULL, kind, (size_t)bits)
        : EVP_PKEY_Q_keygen(NULL, NULL, kind);
    if (key == NULL) return false;
    X509 *certificate = certify(key, name, !is_rsa);
    give_certificate(certificate, receive, argument);
    give_key(key, NULL, receive, argument);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return true;
}

static void extend(X509 *certificate, int kind, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

bool peer_signed_certificate(
    const char *name, int first_day, int last_day, peer_receiver receive, void *argument) {
    EVP_PKEY *root_key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    if (root_key == NULL || key == NULL) return false;
    X509 *root = certify(root_key, "An authority", false);
    extend(root, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(root, root_key, EVP_sha256());
    X509 *certificate = certify(key, "A server", false);
    char names[300];
    snprintf(names, sizeof names, "DNS:%s", name);
    extend(certificate, NID_subject_alt_name, names);
    X509_gmtime_adj(X509_getm_notBefore(certificate), first_day * 86400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate), last_day * 86400L);
    X509_set_issuer_name(certificate, X509_get_subject_name(root));
    X509_sign(certificate, root_key, EVP_sha256());
    give_certificate(root, receive, argument);
    give_certificate(certificate, receive, argument);
    give_key(key, NULL, receive, argument);
    X509_free(root);
    X509_free(certificate);
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(key);
    return true;
}

bool peer_lock(
    const uint8_t *pem, size_t length, const char *password, peer_receiver receive,
    void *argument) {
    BIO *text = BIO_new_mem_buf(pem, (int)length);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
    BIO_free(text);
    if (key == NULL) return false;
    give_key(key, password, receive, argument);
    EVP_PKEY_free(key);
    return true;
}

bool peer_exchange_key(peer_receiver receive, void *argument) {
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    if (key == NULL) return false;
    give_key(key, NULL, receive, argument);
    EVP_PKEY_free(key);
    return true;
}
