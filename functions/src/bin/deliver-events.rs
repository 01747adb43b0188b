//! The Lambda binary of [`functions::deliver_events`].

fn main() -> Result<(), lambda_http::Error> {
    shared::worker::run(shared::worker::Worker::DeliverEvents, functions::deliver_events::HANDLER)
}
