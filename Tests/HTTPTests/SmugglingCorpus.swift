import HTTP
import Testing

/// Bytes that must not be taken for a request, and the reason.
struct Sample: Sendable, CustomTestStringConvertible {
    let refusal: HTTPRefusal
    let text: String

    init(_ refusal: HTTPRefusal, _ text: String) {
        self.refusal = refusal
        self.text = text
    }

    var testDescription: String { "\(refusal.rawValue): \(text.debugDescription)" }
}

private func get(_ fields: String) -> String { "GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n" }

private func post(_ fields: String) -> String { "POST / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n0" }

/// A chunked request with `body` behind its head.
private func chunked(_ body: String) -> String {
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body
}

let smugglingCorpus: [Sample] =
    framingSamples + chunkSamples + fieldSamples + hostSamples + startLineSamples + targetSamples

private let framingSamples: [Sample] = [
    Sample(.duplicateContentLength, post("Content-Length: 1\r\nContent-Length: 1\r\n")),
    Sample(.duplicateContentLength, post("Content-Length: 1\r\ncontent-length: 2\r\n")),
    Sample(.invalidContentLength, post("Content-Length: 1, 1\r\n")),
    Sample(.invalidContentLength, post("Content-Length: +1\r\n")),
    Sample(.invalidContentLength, post("Content-Length: -1\r\n")),
    Sample(.invalidContentLength, post("Content-Length: 0x1\r\n")),
    Sample(.invalidContentLength, post("Content-Length: 1 1\r\n")),
    Sample(.invalidContentLength, post("Content-Length: \r\n")),
    Sample(.invalidContentLength, post("Content-Length: 1_0\r\n")),
    Sample(.invalidContentLength, post("Content-Length: \u{0661}\r\n")),
    Sample(.bodyTooLarge, post("Content-Length: 99999999999999999999999\r\n")),
    Sample(.ambiguousBodyLength, post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: x\r\nContent-Length: 1\r\n")),
    Sample(.ambiguousBodyLength, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    Sample(.transferCoding, post("Transfer-Encoding: gzip, chunked\r\n")),
    Sample(.transferCoding, post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n")),
    Sample(.transferCoding, get("Transfer-Encoding: identity, chunked\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: identity\r\n")),
    Sample(.ambiguousBodyLength, get("Transfer-Encoding: identity\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: \r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: chunked, identity\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: chunked, chunked\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: chunked,\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: ,chunked\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: xchunked\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: chunked;a=b\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: \"chunked\"\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-Encoding: chunked\u{a0}\r\n")),
    Sample(
        .ambiguousBodyLength,
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
    Sample(
        .ambiguousBodyLength,
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")),
    Sample(.ambiguousBodyLength, post("Transfer-encoding: chunked\r\ncontent-length: 0\r\n")),
    Sample(.malformedField, post("Transfer-Encoding : chunked\r\n")),
    Sample(.controlByte, post("Transfer-Encoding: \u{b}chunked\r\n")),
    Sample(.controlByte, post("Transfer-Encoding: chunked\u{0}\r\n")),
    Sample(.foldedField, post("Transfer-Encoding:\r\n chunked\r\n")),
    Sample(.bareCarriageReturn, post("Transfer-Encoding: chunked\r\rX: y\r\n")),
    Sample(.lengthRequired, "POST / HTTP/1.0\r\n\r\n"),
    Sample(.lengthRequired, "PUT / HTTP/1.0\r\n\r\n"),
    Sample(.unknownExpectation, post("Content-Length: 1\r\nExpect: 200-ok\r\n")),
]

private let chunkSamples: [Sample] = [
    Sample(.malformedChunk, chunked("\r\n")),
    Sample(.malformedChunk, chunked(" 0\r\n\r\n")),
    Sample(.malformedChunk, chunked("0 \r\n\r\n")),
    Sample(.malformedChunk, chunked("1 1\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("0x1\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("+1\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("-1\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1_0\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("g\r\n\r\n")),
    Sample(.malformedChunk, chunked("\u{ff11}\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1,\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("10000000000000001\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("00000000000000001\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1;\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1;=\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1;a=\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1;a=\"b\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1;a=\"b\\\"\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1;a b\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1;a\u{0}\r\na\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1\r\nab\r\n0\r\n\r\n")),
    Sample(.malformedChunk, chunked("1\r\na0\r\n\r\n")),
    Sample(.bareLineFeed, chunked("2\r\na\r\n0\r\n\r\n")),
    Sample(.bodyTooLarge, chunked("ffffffffffffffff\r\n")),
    Sample(.bodyTooLarge, chunked("7fffffffffffffff\r\n")),
    Sample(.bodyTooLarge, chunked("1\r\na\r\n7fffffffffffffff\r\n")),
    Sample(.bareLineFeed, chunked("0\n\n")),
    Sample(.bareLineFeed, chunked("1\na\r\n0\r\n\r\n")),
    Sample(.bareLineFeed, chunked("1;a\nb\r\na\r\n0\r\n\r\n")),
    Sample(.bareLineFeed, chunked("1;a=\"\n\"\r\na\r\n0\r\n\r\n")),
    Sample(.bareLineFeed, chunked("1\r\na\n0\r\n\r\n")),
    Sample(.bareLineFeed, chunked("0\r\n\n")),
    Sample(.bareCarriageReturn, chunked("0\r\r\n")),
    Sample(.bareCarriageReturn, chunked("1\ra\r\n0\r\n\r\n")),
    Sample(.bareCarriageReturn, chunked("1;a\rb\r\na\r\n0\r\n\r\n")),
    Sample(.bareCarriageReturn, chunked("1\r\na\rX0\r\n\r\n")),
    Sample(.bareCarriageReturn, chunked("0\r\n\rX")),
    Sample(.foldedField, chunked("0\r\nA: b\r\n c\r\n\r\n")),
    Sample(.foldedField, chunked("0\r\n A: b\r\n\r\n")),
    Sample(.malformedField, chunked("0\r\nA : b\r\n\r\n")),
    Sample(.malformedField, chunked("0\r\nGET / HTTP/1.1\r\n\r\n")),
    Sample(.controlByte, chunked("0\r\nA: \u{0}\r\n\r\n")),
]

private let fieldSamples: [Sample] = [
    Sample(.bareLineFeed, "GET / HTTP/1.1\nHost: x\n\n"),
    Sample(.bareLineFeed, "GET / HTTP/1.1\r\nHost: x\n\r\n"),
    Sample(.bareLineFeed, "GET / HTTP/1.1\r\nHost: x\r\n\n"),
    Sample(.bareLineFeed, "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.bareCarriageReturn, get("X: a\rContent-Length: 5\r\n")),
    Sample(.bareCarriageReturn, "GET / HTTP/1.1\rHost: x\r\n\r\n"),
    Sample(.bareCarriageReturn, get("X: a\r\r\n")),
    Sample(.foldedField, get("X: a\r\n b\r\n")),
    Sample(.foldedField, get("X: a\r\n\tContent-Length: 5\r\n")),
    Sample(.foldedField, "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
    Sample(.malformedField, get("Content-Length : 1\r\n")),
    Sample(.malformedField, get("Content-Length\t: 1\r\n")),
    Sample(.malformedField, get(": 1\r\n")),
    Sample(.malformedField, get("Content-Length\r\n")),
    Sample(.malformedField, get("Transfer\u{e9}: chunked\r\n")),
    Sample(.malformedField, get("(X): 1\r\n")),
    Sample(.controlByte, get("X: a\u{0}b\r\n")),
    Sample(.controlByte, get("X: a\u{b}b\r\n")),
    Sample(.controlByte, get("X\u{7f}: a\r\n")),
    Sample(.missingHost, "GET / HTTP/1.1\r\n\r\n"),
    Sample(.missingHost, "GET http://x/ HTTP/1.1\r\n\r\n"),
    Sample(.duplicateHost, get("Host: y\r\n")),
    Sample(.duplicateHost, "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"),
]

private let hostSamples: [Sample] = [
    "a b", "a/b", "user@a", "a:b", "a:65536", "a:1:2", "[::1", "::1", "[]", "[::1]x", ":80",
    "%", "%4", "\u{e4}", "http://a", "a?b", "\"a\"",
].map { Sample(.malformedHost, "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n") }

private let startLineSamples: [Sample] = [
    Sample(.malformedStartLine, "GET /\r\nHost: x\r\n\r\n"),
    Sample(.malformedStartLine, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.malformedStartLine, "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"),
    Sample(.malformedStartLine, "GET / x HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.malformedStartLine, " GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.malformedStartLine, "GET / http/1.1\r\nHost: x\r\n\r\n"),
    Sample(.malformedStartLine, "GET / HTTP/1.10\r\nHost: x\r\n\r\n"),
    Sample(.malformedStartLine, "GET / HTTP/+.1\r\nHost: x\r\n\r\n"),
    Sample(.malformedStartLine, "G(T / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.malformedStartLine, "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.controlByte, "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.controlByte, "GET /\u{e4} HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.controlByte, "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}"),
    Sample(.unsupportedVersion, "GET / HTTP/1.2\r\nHost: x\r\n\r\n"),
    Sample(.unsupportedVersion, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Sample(.unsupportedVersion, "GET / HTTP/0.9\r\nHost: x\r\n\r\n"),
    Sample(.malformedTarget, "OPTIONS *x HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.unknownMethod, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.unknownMethod, "get / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.unknownMethod, "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"),
    Sample(.unknownMethod, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"),
]

private let targetSamples: [Sample] = [
    "*", "x", "http:/x", "http:///x", "http://", "http://?x", "http://a@b/", "ftp://x/",
    "example.org:80", "http://x:y/", "http:/" + "/[::1/", "**", "*/", "/*#", "/%", "/%4", "/%zz",
    "/%00",
    "/%0a",
    "/a%7f", "/#a", "/a?b#c", "/..", "/a/../b", "/%2e%2e/b", "/.", "/%ff", "/a?%c3",
].map { Sample(.malformedTarget, "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n") }
