import FuzzSubjects
import Testing

@Suite struct FuzzCorpusTests {
    /// Every kept input runs through the entry that the fuzzer uses; what it found stays mended.
    @Test(arguments: FuzzTarget.allCases) func replays(_ target: FuzzTarget) throws {
        let inputs = try #require(Corpus.inputs(of: target))
        #expect(inputs.count >= 10, "the corpus of \(target.rawValue) is missing or nearly empty")
        let subject = target.makeSubject()
        for input in inputs { subject.run(input.span) }
    }

    /// Inputs must not depend on what ran before: once more, backwards, through one subject.
    @Test(arguments: FuzzTarget.allCases) func replaysInAnyOrder(_ target: FuzzTarget) throws {
        let inputs = try #require(Corpus.inputs(of: target))
        let subject = target.makeSubject()
        for input in inputs.reversed() { subject.run(input.span) }
    }
}
