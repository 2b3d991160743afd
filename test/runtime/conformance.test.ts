import { conformance } from './conformance';
import { forms } from './forms';

for (const form of forms) {
  conformance(form, 'ipykernel');
  conformance(form, 'repl');
}
