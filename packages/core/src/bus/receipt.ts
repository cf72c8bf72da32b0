/** What a sender holds in hand once its command is stored. */
import type { CommandAddress } from '../model/ids.ts';

export interface Receipt extends CommandAddress {
	readonly correlationId: string;
	/** True when the command existed already and `onDuplicate` said to return it; the ids are then those of the first send. */
	readonly isDuplicate: boolean;
}
