use super::*;

/// The fields of a kind stand beside the event's own.
#[test]
fn an_event_reads_back() {
    let id = |number| MessageId::new(number).unwrap();
    let origin = Origin { actor: Uid::app_system(), device: DeviceId::parse("WEB-4_2_0-test") };
    let kind = EventKind::ReactionAdded { message: id(7), reaction: "x".to_owned(), reaction_id: id(8) };
    let event = Event::new(id(9), &origin, Audience::User(Uid::app_system()), kind);
    let text = serde_json::to_string(&event).unwrap();
    assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
}

/// The stream may still hold what an earlier version wrote.
#[test]
fn a_receipt_of_an_earlier_version_reads_as_the_first_of_its_user() {
    let event = |kind: &str| {
        let text = r#"{"id":9,"actor":"ash","audience":{"conversation":"group#orchard"},"kind":"KIND","upTo":7}"#;
        serde_json::from_str::<Event>(&text.replace("KIND", kind)).unwrap().kind
    };
    let up_to = MessageId::new(7).unwrap();
    assert_eq!(event("delivered"), EventKind::Delivered { up_to, from: None });
    assert_eq!(event("read"), EventKind::Read { up_to, from: None });
}
