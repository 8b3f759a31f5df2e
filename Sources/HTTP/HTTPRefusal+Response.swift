extension HTTPRefusal {
    /// The plainest answer: the status and its reason as text. A service with a form of its own
    /// makes another.
    package var response: HTTPResponse {
        var response = HTTPResponse(
            status, fields: [HTTPField("content-type", MediaType("text/plain").text)],
            body: Array("\(status.rawValue) \(status.reason): \(rawValue)\n".utf8))
        // RFC 9110 §15.6.4: when to come back; seconds, as long as a burst of clients lasts.
        if self == .overloaded { response.fields.append(HTTPField("retry-after", "5")) }
        return response
    }
}
