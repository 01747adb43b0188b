//! The Lambda binary of [`functions::remove_friends`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::RemoveFriends, functions::remove_friends::HANDLER)
}
