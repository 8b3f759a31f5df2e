import Primitives
import STUN

/// An Allocate request on its way: it waits for answers that only the driver has.
struct Opening {
    let wish: AllocateWish
    let head: RequestHead
    let tuple: FiveTuple
    let proven: Proven

    /// The driver has a question and must answer it before it asks for the next action.
    var awaitsDriver = false
    /// The allocation whose last traffic is being asked for; `noIndex`: none.
    var candidate = noIndex
    /// The record of the new allocation; `noIndex` until its quota is granted.
    var index = noIndex
    /// How many allocations' traffic has been asked for.
    var asked = 0
    /// What the client hears when no idle allocation makes room.
    var refusal: RefusalCause?
    /// Which of `wish.families` comes next.
    var position = 0
    var attempts = 0
    /// The port that the driver is binding.
    var port = RelayPort()
    var addressError: (family: AddressFamily, code: ErrorCode)?

    init(wish: AllocateWish, head: RequestHead, tuple: FiveTuple, proven: Proven) {
        self.wish = wish
        self.head = head
        self.tuple = tuple
        self.proven = proven
        if let missing = wish.missing { addressError = (missing, .addressFamilyNotSupported) }
    }
}
