// Draws the charts of a page that does not change by itself.

import { dashLegends, drawAll } from "./charts.js";

drawAll(document);
dashLegends(document);
