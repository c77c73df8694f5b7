// What was done on the page before can be taken back here.
import { offerWaiting } from './undo.js';

offerWaiting();
