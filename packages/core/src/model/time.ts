import { z } from 'zod';

/** A moment that every store can keep and compare with: the years 1 to 9999. */
export const TimeSchema = z.date().min(new Date('0001-01-01T00:00:00Z')).max(new Date('9999-12-31T23:59:59.999Z'));
