/** The in-memory backend keeps the contract. */
import { backendConformance } from '../conformance/index.ts';
import { createInMemorySubject } from './subject.ts';

backendConformance('in-memory', () => Promise.resolve(createInMemorySubject()));
