extension String {
    /// For a terminal or a log: control and format characters shown as `\u{..}`, so that a name
    /// from the network can neither move the cursor nor forge a line.
    package var printable: String {
        var result = ""
        for scalar in unicodeScalars {
            if scalar.isControl || scalar.properties.generalCategory == .format
                || scalar.properties.generalCategory == .lineSeparator
                || scalar.properties.generalCategory == .paragraphSeparator
            {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    /// C0, DEL and C1.
    var isControl: Bool { properties.generalCategory == .control }
}
