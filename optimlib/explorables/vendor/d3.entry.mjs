// What the explorables use of d3. Add a name here when an instrument needs it, then run the command in README.md.
export { axisBottom, axisLeft } from "d3-axis";
export { contours } from "d3-contour";
export { scaleLinear, scaleLog } from "d3-scale";
export { select } from "d3-selection";
