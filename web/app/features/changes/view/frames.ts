/** Acts after `count` frames of the browser, at least one; the function that is returned calls it off. */
export function afterFrames(count: number, act: () => void): () => void {
  let left = count;
  let frame = requestAnimationFrame(function next() {
    left -= 1;
    if (left <= 0) act();
    else frame = requestAnimationFrame(next);
  });
  return () => cancelAnimationFrame(frame);
}
