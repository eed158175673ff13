// Long lines on a canvas, drawn fast enough for a dozen of them in every frame of a drag.

const PIECE = 12;

/**
 * pen.to(x, y), as often as needed, then pen.end(). The line is stroked in pieces, because browsers without a graphics
 * card take half as long for many short paths as for one long one. Dashes run on from piece to piece. Corners are
 * beveled: round ones cost more, and at two pixels nobody sees them.
 */
function pen(context, dash) {
  let x = 0, y = 0, points = 0, length = 0;
  context.setLineDash(dash);
  context.lineDashOffset = 0;
  context.lineJoin = "bevel";
  context.beginPath();
  return {
    to(toX, toY) {
      context.lineTo(toX, toY); // the first of a path only moves there
      if (dash.length && length + points > 0) length += Math.hypot(toX - x, toY - y);
      x = toX;
      y = toY;
      if (++points <= PIECE) return;
      context.stroke();
      context.lineDashOffset = length;
      context.beginPath();
      context.moveTo(x, y);
      points = 1;
    },
    /** Lifts the pen and puts it down elsewhere. */
    jump(toX, toY) {
      context.stroke();
      context.beginPath();
      context.moveTo(toX, toY);
      [x, y, points] = [toX, toY, 1];
    },
    end() {
      context.stroke();
    },
  };
}
