/** A reply router. */
import { createReplyRouter } from '@cb/process';
import { domain, leaseSeconds } from '../load/commands.ts';
import { Purchase } from '../load/purchase.ts';
import { defective } from '../mutations/defects.ts';
import { runChild } from './child-program.ts';

await runChild(({ settings, backend }) => {
	const router = createReplyRouter({
		backend: defective(backend, settings),
		domain,
		definitions: [Purchase],
		concurrency: 2,
		batchSize: 20,
		leaseSeconds,
		pollIntervalMs: 100,
		retryDelaySeconds: 0.3,
		unknownProcessGraceSeconds: 0.5,
		stopTimeoutMs: 5_000,
	});
	return {
		start: () => router.start(),
		health() {
			const { state, isLive, isListening, reasons } = router.health();
			const says = `${state} ${isListening ? '' : 'without LISTEN '}${reasons.join(' ')}`;
			return { isHealthy: isLive && isListening && state === 'healthy', says };
		},
		stop: () => router.stop(),
	};
});
