// What an app does with the vendor's React UI kit; that it talks to Halley is two lines, `setAdminHost` and `setClientHost`.

import { CometChat } from '@cometchat/chat-sdk-javascript';
import {
    CometChatConversations,
    CometChatMessageComposer,
    CometChatMessageHeader,
    CometChatMessageList,
    CometChatProvider,
    CometChatUIKit,
    CometChatUsers,
    UIKitSettingsBuilder,
} from '@cometchat/chat-uikit-react';
import '@cometchat/chat-uikit-react/styles';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';

// `?host=` is another place, `?key=` another key, `?uid=` another of the users that the local service makes.
const asked = new URLSearchParams(location.search);
const host = asked.get('host') ?? 'localhost:8080';
const uid = asked.get('uid') ?? 'cometchat-uid-1';

const settings = new UIKitSettingsBuilder()
    .setAppId('halley')
    .setRegion('us')
    .setAdminHost(`${host}/v3`)
    .setClientHost(`${host}/v3`)
    // An API key is for trying things out. In a product the backend makes auth tokens, and the page logs in with one.
    .setAuthKey(asked.get('key') ?? 'demo')
    .subscribePresenceForAllUsers()
    .build();

function Chat() {
    const [other, open] = useState({});
    const [everybody, show] = useState(false);
    const openUser = user => (open({ user }), show(false));
    return (
        <main>
            <section>
                <button onClick={() => show(!everybody)}>{everybody ? 'Chats' : 'Users'}</button>
                {everybody
                    ? <CometChatUsers onItemClick={openUser} />
                    : <CometChatConversations onItemClick={conversation => open(withWhom(conversation))} />}
            </section>
            {(other.user || other.group) && (
                <section key={other.user?.getUid() ?? other.group.getGuid()}>
                    <CometChatMessageHeader {...other} />
                    <CometChatMessageList {...other} />
                    <CometChatMessageComposer {...other} />
                </section>
            )}
        </main>
    );
}

/** The props that name a chat: `user` or `group`. */
function withWhom(conversation) {
    const whom = conversation.getConversationWith();
    return whom instanceof CometChat.Group ? { group: whom } : { user: whom };
}

// A page that is loaded again is still logged in.
const loggedIn = await CometChatUIKit.init(settings);
if (loggedIn?.getUid() !== uid) {
    if (loggedIn) await CometChatUIKit.logout();
    await CometChatUIKit.login(uid);
}
createRoot(document.getElementById('root')).render(
    <CometChatProvider>
        <Chat />
    </CometChatProvider>,
);
