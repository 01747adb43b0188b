// @ts-check
/** The nouns of the API, as far as a client needs them, and what a notice makes of a message. Nothing here asks or waits. */

/** @typedef {{ type: 'user' | 'group', id: string }} Peer The other side: a user, or a group. */
/** @typedef {{ uid: string, name: string, avatar?: string, status?: string, lastActiveAt?: number, statusMessage?: string,
 *   scope?: string, blockedByMe?: boolean, hasBlockedMe?: boolean }} User */
/** @typedef {{ guid: string, name: string, type: string, icon?: string, owner: string, description?: string,
 *   membersCount: number, onlineMembersCount?: number, scope?: string, hasJoined?: boolean }} Group */
/** @typedef {{ url: string, name: string, mimeType: string, extension: string, size: number }} Attachment */
/** @typedef {{ reaction: string, count: number, reactedByMe?: boolean }} Reaction */
/** @typedef {{ id: number, muid?: string, sender: string, receiver: string, receiverType: 'user' | 'group', category: string,
 *   type: string, data: any, sentAt: number, updatedAt: number, editedAt?: number, editedBy?: string, deletedAt?: number,
 *   deletedBy?: string, deliveredAt?: number, readAt?: number, parentId?: number, replyCount?: number, quotedMessage?: Message, pinnedAt?: number, savedAt?: number,
 *   receipts?: any }} Message */
/** @typedef {{ type?: string, data: any, quotedMessageId?: number }} Draft What is to be sent. */
/** What waits to be sent, or was refused.
 * @typedef {{ muid: string, peer: Peer, parentId?: number, draft: Draft, state: 'sending' | 'failed', error?: string, at: number }} Pending */

/** @param {Peer} peer */
export const pathOf = peer => `/${peer.type}s/${encodeURIComponent(peer.id)}`;
/** @param {Peer} peer */
export const keyOf = peer => `${peer.type}/${peer.id}`;

/** The action message of an edit or a deletion: it changes another message and is not shown itself. @param {Message} message */
export const isNotice = message => message.category === 'action' && message.type === 'message';

/** What a notice says of the message that was changed; of one that is gone for good only its id. @param {Message} notice */
export function changedBy({ data, sentAt }) {
    const on = data.entities?.on?.entity;
    if (!on || data.action !== 'deleted') return on;
    return { updatedAt: sentAt, ...on, deletedAt: on.deletedAt ?? sentAt };
}

/**
 * What a notice says, with what it does not say, or only as of then: what is ours, and what others did to it since.
 * @param {Message} message @param {Message} old @returns {Message}
 */
export function withOurs(message, old) {
    const { savedAt, readAt, deliveredAt, replyCount, pinnedAt } = old;
    const data = message.deletedAt ? message.data ?? {} : { ...message.data, reactions: old.data.reactions };
    return { ...old, ...message, savedAt, readAt, deliveredAt, replyCount, pinnedAt, data };
}
