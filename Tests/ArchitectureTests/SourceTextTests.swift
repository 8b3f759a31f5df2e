import Testing

@Suite struct SourceTextTests {
    @Test func commentsLeaveTheCode() {
        let text = SourceText("let a = 1 // force!\n/* try! */ let b = 2")
        #expect(text.code[0] == "let a = 1          ")
        #expect(text.comments[0] == "          // force!")
        #expect(text.code[1].contains("try") == false)
        #expect(text.code[1].contains("let b = 2"))
    }

    @Test func nestedBlockCommentsEndTogether() {
        let text = SourceText("/* a /* b */ c */ let d = 1")
        #expect(text.code[0].contains("c") == false)
        #expect(text.code[0].contains("let d = 1"))
    }

    @Test func stringContentsLeaveTheCode() {
        let text = SourceText(#"let a = "x // try! { \" }"; let b = 1"#)
        #expect(text.code[0].contains("try") == false)
        #expect(text.code[0].contains("{") == false)
        #expect(text.code[0].contains("let b = 1"))
        #expect(text.comments[0].contains("try") == false)
    }

    @Test func interpolationIsCode() {
        let text = SourceText(#"let a = "x \(b["k"]! + f(1)) y""#)
        #expect(text.code[0].contains("]! + f(1)"))
        #expect(text.code[0].contains("x") == false)
        #expect(text.code[0].contains("y") == false)
    }

    @Test func rawAndMultilineStringsAreStrings() {
        let text = SourceText(
            "let a = #\"a \" b! \"#\nlet c = \"\"\"\n  d! \"e\"\n  \"\"\"\nlet f = 1")
        #expect(text.code[0].contains("b") == false)
        #expect(text.code[2].contains("d") == false)
        #expect(text.code[4] == "let f = 1")
    }

    @Test func aQuoteAsCharacterInCOpensNoString() {
        let text = SourceText("if (c == '\"') { a(); } // b")
        #expect(text.code[0].contains("{ a(); }"))
        #expect(text.comments[0].contains("// b"))
    }
}
