import { backendConformance } from '@cb/core/conformance';
import { openSubject } from './open-subject.ts';

backendConformance('PostgreSQL', openSubject);
