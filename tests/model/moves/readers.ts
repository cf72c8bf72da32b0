/** The moves of those who read a reply queue: consumers, and routers up to where they do something with it. */
import type { Move } from '../move.ts';
import { queues, seenLetter } from '../messages.ts';
import * as model from '../semantics/letters.ts';
import type { Fetching } from '../semantics/letters.ts';
import type { ReplyQueue } from '../semantics/world.ts';
import { subsetsOf } from './subsets.ts';

const queueOf = { replies: queues.replies, inbox: queues.processReplies } as const;

export function fetch(fetching: Fetching, isRacing: boolean): Move {
	const { reader, queue, limit, leaseSeconds } = fetching;
	return {
		text: `${reader} fetches up to ${limit} of ${queue} for ${leaseSeconds} s`,
		*predict(world) {
			const due = isRacing ? model.dueLetters(world, queue).map(({ id }) => id) : [];
			for (const passedOver of subsetsOf(due)) yield model.fetch(world, fetching, passedOver);
		},
		async perform(stage) {
			const received = await stage.backend.replies.receive(queueOf[queue], limit, leaseSeconds);
			stage.hands.set(reader, received);
			return received.map(({ body, lease: { attempt } }) => {
				const { id, answer } = seenLetter(stage, body);
				stage.read.set(id, answer);
				return { answer, attempt };
			});
		},
	};
}

/** With a delay they are put back for later, otherwise they are done. */
export function putDown(reader: string, delaySeconds: number | undefined): Move {
	return {
		text: `${reader} ${delaySeconds === undefined ? 'acknowledges' : `puts back for ${delaySeconds} s`}`,
		predict: (world) => [{ world: model.putDown(world, reader, delaySeconds), outcome: undefined }],
		async perform({ backend: { replies }, hands }) {
			const leases = (hands.get(reader) ?? []).map(({ lease }) => lease);
			hands.delete(reader);
			await (delaySeconds === undefined ? replies.acknowledge(leases) : replies.retryLater(leases, delaySeconds));
		},
	};
}

export function copy(queue: ReplyQueue, position: number): Move {
	return {
		text: `letter ${position + 1} of ${queue} is there twice`,
		predict: (world) => [{ world: model.copy(world, queue, position), outcome: undefined }],
		async perform({ messages, putMessage }) {
			const letter = (await messages(queueOf[queue]))[position];
			if (letter !== undefined) await putMessage(queueOf[queue], letter.body);
		},
	};
}
