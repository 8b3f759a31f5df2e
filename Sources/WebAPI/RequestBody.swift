import HTTP
import JSON
import Signaling

/// The content of a request as JSON.
enum RequestBody {
    /// As much as a frame of a WebSocket.
    static let bytesMax = 65_536
    private static let form = "application/x-www-form-urlencoded"

    /// The fields of the object in the body; none without a body. A body whose type is not said
    /// is taken for JSON.
    static func object(of request: HTTPRequest) throws(WebRefusal) -> FieldReader {
        guard request.body.count <= bytesMax else { throw .contentTooLarge() }
        guard !request.body.isEmpty else { return FieldReader(object: JSONObject()) }
        if let type = request.fields["content-type"] {
            let name = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
            // Of a form is what `curl -d` says when nobody tells it better. A page of another
            // origin could send that unasked; what it could not send is the Authorization field.
            guard name == "application/json" || name.hasSuffix("+json") || name == Self.form else {
                throw .unsupportedContent
            }
        }
        let value: JSONValue
        do throws(JSONFailure) {
            value = try JSONValue.parse(request.body.span)
        } catch {
            throw .badRequest("The content is no JSON: \(error).")
        }
        guard let object = value.object else {
            throw .badRequest("The content is no JSON object.")
        }
        return FieldReader(object: object)
    }

    /// What `read` makes of the fields; a wrong one is named.
    static func read<Order>(
        _ request: HTTPRequest, _ read: (FieldReader) throws(FieldDefect) -> Order
    ) throws(WebRefusal) -> Order {
        let fields = try object(of: request)
        do throws(FieldDefect) {
            return try read(fields)
        } catch {
            throw .badRequest("\(error.reason).")
        }
    }
}
