//! The Lambda binary of [`functions::add_friends`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::AddFriends, functions::add_friends::HANDLER)
}
