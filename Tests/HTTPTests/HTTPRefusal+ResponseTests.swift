import HTTP
import Testing

@Suite struct HTTPRefusalResponseTests {
    @Test(arguments: HTTPRefusal.allCases)
    func saysWhatWasWrong(_ refusal: HTTPRefusal) {
        let response = refusal.response
        #expect(response.status == refusal.status)
        #expect(String(decoding: response.body, as: UTF8.self).contains(refusal.rawValue))
        #expect((response.fields["retry-after"] == nil) == (refusal != .overloaded))
    }
}
