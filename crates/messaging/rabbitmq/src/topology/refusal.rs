use lapin::ErrorKind;

/// The broker's own words if it refused what was asked (a channel error: other arguments, no permission); `None`
/// when the connection or the broker failed.
pub(super) fn refused_by(error: &lapin::Error) -> Option<&str> {
    match error.kind() {
        ErrorKind::ProtocolError(refused) if error.is_amqp_soft_error() => {
            Some(refused.get_message().as_str())
        }
        _ => None,
    }
}

/// What a person reads: what was refused, why, and what to do.
pub(super) fn refusal(kind: &str, name: &str, why: &str) -> String {
    let advice = if why.contains("PRECONDITION_FAILED") {
        "it exists with other properties; look at it, move what it holds, and delete it: it is then declared at the \
         next connect"
    } else if why.contains("ACCESS_REFUSED") {
        "the broker's user needs the permissions configure, write and read on the shop's names"
    } else {
        "look at it with the broker's management"
    };
    format!("the {kind} \"{name}\": {why} ({advice})")
}
